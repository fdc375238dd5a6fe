export {
	type ByteString,
	byteString,
	byteStringBytes,
	displayByteString,
	utf8ByteString,
} from "./byte-string.js";
export { CacheDirectory } from "./cache-directory.js";
export { bufferContent, type Content, contentBytes, contentChunks } from "./content.js";
export { contentSha256 } from "./content-digest.js";
export { ContentStore, type StoredBlob } from "./content-store.js";
export { makeDirectory } from "./directory.js";
export { DirectoryWriter } from "./directory-writer.js";
export { fileSystemOf, freeDiskBytes } from "./disk-space.js";
export { BytesError, type BytesErrorCode, PvpkgError } from "./errors.js";
export { FileChanges } from "./file-changes.js";
export {
	contentSlice,
	type FileContent,
	isDirectory,
	openFileContent,
	streamContent,
} from "./file-content.js";
export { FileHasher } from "./file-hasher.js";
export { listFilesBelow } from "./file-listing.js";
export {
	type FileKind,
	type FileStatus,
	readDirectoryNames,
	readFileStatus,
	readLinkTarget,
} from "./file-tree.js";
export { Limiter } from "./limiter.js";
export { listDirectory, readFileIfPresent } from "./local-file.js";
export type { PartialBlob } from "./partial-blob.js";
export { discardPendingFiles, PendingFile, writeFileAtomically } from "./pending-file.js";
export { programDigest } from "./program-digest.js";
export { readProgramFile } from "./program-file.js";
export { sha256Hex } from "./sha256.js";
export { Spool } from "./spool.js";
export { readSystemText } from "./system-text.js";
export { discardTemporaryDirectories, TemporaryDirectory } from "./temporary-directory.js";
export { receiveTemporaryFile } from "./temporary-file.js";
export { TreeFile } from "./tree-file.js";
export { type FileAttributes, TreeWriter } from "./tree-writer.js";
