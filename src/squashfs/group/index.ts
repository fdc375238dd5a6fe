export {
	decodeGroups,
	encodeGroups,
	groupInOrder,
	type TailGroups,
} from "./fragment-grouping.js";
export { type FragmentOrder, fragmentOrder } from "./fragment-order.js";
export { groupAside } from "./group-thread.js";
export { groupByName } from "./name-grouping.js";
export { samplingLimit, splitSamples, type Tail, TailSamples } from "./tail-sample.js";
