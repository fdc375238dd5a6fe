export type { Compat } from "./compat.js";
export { checkPartName, lintState } from "./device-rules.js";
export { PantavisorError, type PantavisorErrorCode } from "./errors.js";
export { argumentWarnings, type Explanation, explainPart } from "./explain.js";
export { error, type Finding, warning } from "./finding.js";
export { chooseGroup, listGroups } from "./groups.js";
export { type ImageSettings, imageSettings } from "./image-settings.js";
export { dockerSource, type ImageFacts, rootfsSource, type SourceOptions } from "./image-source.js";
export { renderLxcConfig } from "./lxc-config.js";
export { lintLxcConfig } from "./lxc-rules.js";
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
} from "./part.js";
export type { RenderInput } from "./render-context.js";
export { createRunManifest } from "./run-manifest.js";
export { encodeRunManifestText } from "./run-manifest-text.js";
export {
	encodeSourceManifest,
	parseSourceManifest,
	type SourceManifest,
	sourceManifestValue,
} from "./source-manifest.js";
export { startedCommand } from "./started-command.js";
export {
	emptyState,
	encodeState,
	objectReference,
	parseState,
	removePart,
	STATE_SPEC,
	type State,
	selectParts,
	stateObjects,
} from "./state.js";
export { parseVolumeOption } from "./volumes.js";
