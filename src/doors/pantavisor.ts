// pvpkg/pantavisor: states, containers and packages as devices read them.

export type { FileContent, OutputOptions } from "../ground/files/index.js";
export {
	type JsonArray,
	JsonNumber,
	type JsonObject,
	type JsonParseOptions,
	type JsonValue,
	jsonObject,
	jsonValue,
	type PlainJson,
	parseJson,
	plainJson,
} from "../ground/json/index.js";
export { type Explanation, explainPart, renderLxcConfig } from "../pantavisor/lxc/index.js";
export {
	type ArchiveOptions,
	type ArchiveSummary,
	type ByteSink,
	bytesObject,
	createPart,
	ExportError,
	type ExportErrorCode,
	mergePart,
	type ObjectSource,
	openPackage,
	type Package,
	type PackageReadOptions,
	type Part,
	type PartInput,
	type PendingArchive,
	partObjects,
	readArchive,
	type StateFile,
	type StateObject,
	stateFile,
	textObject,
	writeArchive,
	writeArchiveFile,
} from "../pantavisor/package/index.js";
export {
	checkPartName,
	type Finding,
	lintLxcConfig,
	lintState,
	type StateLintOptions,
} from "../pantavisor/rules/index.js";
export {
	createRunManifest,
	encodeRunManifestText,
	type Identity,
	type RenderInput,
} from "../pantavisor/run/index.js";
export {
	type Compat,
	dockerSource,
	encodeSourceManifest,
	type ImageFacts,
	type ImageSettings,
	imageSettings,
	parseSourceManifest,
	parseVolumeOption,
	rootfsSource,
	type SourceManifest,
	type SourceOptions,
	sourceManifestValue,
} from "../pantavisor/source/index.js";
export {
	emptyState,
	encodeState,
	objectReference,
	PantavisorError,
	type PantavisorErrorCode,
	parseState,
	removePart,
	type State,
	selectParts,
	stateObjects,
} from "../pantavisor/state/index.js";
