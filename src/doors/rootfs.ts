// pvpkg/rootfs: trees of files in memory, from the layers of an image, an archive, a directory or from scratch.

import type { Spool } from "../ground/files/index.js";
import type { ImageLayer } from "../image/oci/index.js";
import { type FlattenOptions, flatten as flattenInto, type RootfsTree } from "../image/rootfs/index.js";

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
	type FilePiece,
	type FilePlace,
	type FileVersion,
	utf8ByteString,
} from "../ground/bytes/index.js";
export { type LentSpool, Spool, type SpoolExtent, type SpooledBody } from "../ground/files/index.js";
export {
	type ApplicationOptions,
	type Attributes,
	type Device,
	type Directory,
	type DirectoryDraft,
	type FlattenOptions,
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

/**
 * Applies an image's layers, base first, to an empty tree: whiteouts, hard links over layers,
 * symlinks resolved inside the root. File bodies go into the spool. While one layer is applied, the next is
 * already being unpacked.
 *
 * @throws RootfsError naming layer and entry; BytesError of the spool; what the layers throw.
 */
export function flatten(
	layers: readonly ImageLayer[],
	spool: Spool,
	options: FlattenOptions = {},
): Promise<RootfsTree> {
	return flattenInto(layers, spool, options);
}
