export {
	decodeGroups,
	encodeGroups,
	groupInOrder,
	groupSimilar,
	type Tail,
	type TailGroups,
} from "./fragment-grouping.js";
export { decodeSample, encodeSample, type TailSample, TailSampler } from "./tail-sample.js";
