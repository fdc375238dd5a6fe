export {
	decodeGroups,
	encodeGroups,
	groupInOrder,
	groupSimilar,
	type TailGroups,
} from "./fragment-grouping.js";
export { decodeSample, encodeSample, type Tail, type TailSample, TailSampler } from "./tail-sample.js";
