// pvpkg/squashfs: writes and reads squashfs 4.0 images by itself, with pvpkg's own encoders. Equal trees and options
// give equal bytes.

export {
	type BlockPool,
	type BlockPoolOptions,
	type BlockSlot,
	type BranchFilter,
	CodecError,
	type CodecErrorCode,
	type CompressedBlock,
	type CompressorName,
	type CompressorOptions,
	createBlockPool,
	type Tier,
} from "../codec/index.js";
export type { Stretch } from "../ground/bytes/index.js";
export { type FileContent, openFileContent } from "../ground/files/index.js";
export type { BlockKey, BlockStore } from "../squashfs/cache/index.js";
export {
	type Alignment,
	type BlockObserver,
	DEFAULT_IMAGE_OPTIONS,
	type ImageFile,
	type ImageOptions,
	type ImageStats,
	parseAlignment,
	SquashfsError,
	type SquashfsErrorCode,
	type Superblock,
} from "../squashfs/format/index.js";
export {
	applyFormatOptions,
	type ExcludePattern,
	type FormatOptions,
	parseFormatOptions,
	type TreeChanges,
} from "../squashfs/options/index.js";
export {
	type EntryBody,
	type ImageEntry,
	type ImageRegion,
	type OpenOptions,
	openImage,
	readSquashfs,
	readTree,
	type SquashfsEntry,
	type SquashfsImage,
	type StoredContent,
	type StoredExtent,
	type StoredFragment,
} from "../squashfs/read/index.js";
export { type ImageEngine, writeImage, writeSquashfs } from "../squashfs/write/index.js";
