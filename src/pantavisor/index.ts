export {
	argumentWarnings,
	type Explanation,
	explainPart,
	renderLxcConfig,
	startedCommand,
} from "./lxc/index.js";
export {
	bytesObject,
	createPart,
	mergePart,
	type Part,
	type PartInput,
	type StateFile,
	type StateObject,
	stateFile,
	textObject,
} from "./package/index.js";
export { checkPartName, error, type Finding, lintLxcConfig, lintState, warning } from "./rules/index.js";
export { createRunManifest, encodeRunManifestText, type RenderInput } from "./run/index.js";
export {
	type Compat,
	chooseGroup,
	dockerSource,
	encodeSourceManifest,
	type ImageFacts,
	type ImageSettings,
	imageSettings,
	listGroups,
	parseSourceManifest,
	parseVolumeOption,
	rootfsSource,
	type SourceManifest,
	type SourceOptions,
	sourceManifestValue,
} from "./source/index.js";
export {
	emptyState,
	encodeState,
	objectReference,
	PantavisorError,
	type PantavisorErrorCode,
	parseState,
	removePart,
	STATE_SPEC,
	type State,
	selectParts,
	stateObjects,
} from "./state/index.js";
