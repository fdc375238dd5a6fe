export { ARGUMENTS } from "./argument-names.js";
export { type Compat, type RenderRules, renderRules } from "./compat.js";
export { chooseGroup, listGroups } from "./groups.js";
export { type ImageSettings, imageSettings } from "./image-settings.js";
export { dockerSource, type ImageFacts, rootfsSource, type SourceOptions } from "./image-source.js";
export { nearName } from "./near-name.js";
export { MEMBER_NOTES, sourceManifestSchema } from "./schema.js";
export {
	encodeSourceManifest,
	parseSourceManifest,
	type SourceManifest,
	sourceManifestValue,
	unreadMembers,
} from "./source-manifest.js";
export { parseArgument, TemplateArguments } from "./template-arguments.js";
export {
	listVolumes,
	parseVolumeOption,
	ROOT_OVERLAY,
	storageEntry,
	VOLUME_CLASSES,
	type Volume,
	volumeName,
} from "./volumes.js";
