export { type PendingArchive, writeArchiveFile } from "./archive-file.js";
export {
	MAXIMUM_UNPACKED,
	openPackage,
	openSoundPackage,
	type Package,
	type PackageReadOptions,
	readArchive,
} from "./archive-reader.js";
export { type ArchiveOptions, type ArchiveSummary, type ByteSink, writeArchive } from "./archive-writer.js";
export { ExportError, type ExportErrorCode } from "./errors.js";
export { expectDigest, type ObjectSource, partObjects, resolveObjects } from "./object-set.js";
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
export { WIRE_RULES } from "./wire-rules.js";
