export { PantavisorError, type PantavisorErrorCode } from "./errors.js";
export {
	emptyState,
	encodeState,
	objectReference,
	parseRunningState,
	parseState,
	partOfKey,
	removePart,
	STATE_SPEC,
	type State,
	selectParts,
	stateObjects,
} from "./state.js";
