// pvpkg/rootfs: trees of files in memory, from the layers of an image, an archive, a directory or from scratch.

export {
	type ByteString,
	BytesError,
	type BytesErrorCode,
	bufferContent,
	byteString,
	type Content,
	contentBytes,
	contentChunks,
	displayByteString,
	type FilePlace,
	type FileVersion,
	utf8ByteString,
} from "../ground/bytes/index.js";
export { Spool, type SpoolExtent } from "../ground/files/index.js";
export {
	type ApplicationOptions,
	type Attributes,
	type Device,
	type Directory,
	type FlattenOptions,
	flatten,
	type ImageLayers,
	type Inode,
	type Ipc,
	type LayerOptions,
	type RegularFile,
	RootfsError,
	type RootfsErrorCode,
	type RootfsTree,
	readArchiveTree,
	resolveFile,
	type Symlink,
} from "../image/rootfs/index.js";
export { type RootfsDirectoryOptions, readRootfsDirectory } from "../image/sources/index.js";
