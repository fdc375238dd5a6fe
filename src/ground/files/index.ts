export { foldsCase } from "./case-folding.js";
export { makeDirectory } from "./directory.js";
export { commitAll, DirectoryWriter } from "./directory-writer.js";
export { fileSystemOf, freeDiskBytes } from "./disk-space.js";
export { ENDING_SIGNALS, endedBySignals } from "./ending-signals.js";
export type { SpoolExtent } from "./extent-digest.js";
export { FileChanges } from "./file-changes.js";
export {
	contentSlice,
	type FileContent,
	isDirectory,
	openFileContent,
	openUnlinkedFile,
	passContent,
	streamContent,
} from "./file-content.js";
export { FileHasher } from "./file-hasher.js";
export { listFilesBelow } from "./file-listing.js";
export { type ReadPlace, readFilePlace } from "./file-place.js";
export {
	type FileKind,
	type FileStatus,
	readDirectoryNames,
	readFileStatus,
	readLinkTarget,
} from "./file-tree.js";
export { followLinks, listDirectory, readFileIfPresent, readFileStart } from "./local-file.js";
export { checkOutputDirectory, checkOutputFile, type OutputOptions } from "./output.js";
export {
	discardPendingFiles,
	isPendingName,
	PendingFile,
	type PendingFileOptions,
	sweepPendingFiles,
	writeFileAtomically,
} from "./pending-file.js";
export { placeBelow } from "./place-below.js";
export { isProcessAlive, processIdentity } from "./process-identity.js";
export { programDigest } from "./program-digest.js";
export { readProgramFile } from "./program-file.js";
export { type LentSpool, Spool, type SpooledBody } from "./spool.js";
export { readSystemText } from "./system-text.js";
export {
	discardTemporaryDirectories,
	restoreInterrupted,
	sweepTemporaryDirectories,
	TemporaryDirectory,
} from "./temporary-directory.js";
export { receiveTemporaryFile } from "./temporary-file.js";
export { TreeFile } from "./tree-file.js";
export { removeTree } from "./tree-removal.js";
export { type FileAttributes, TreeWriter } from "./tree-writer.js";
