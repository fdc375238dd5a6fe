export {
	decodeGroups,
	encodeGroups,
	groupInOrder,
	type TailGroups,
} from "./fragment-grouping.js";
export { groupAside } from "./group-thread.js";
export { samplingLimit, splitSamples, type Tail, TailSamples } from "./tail-sample.js";
