// pvpkg/squashfs: writes and reads squashfs 4.0 images by itself, with pvpkg's own encoders. Equal trees and options
// give equal bytes.

export {
	type BlockPool,
	type BlockPoolOptions,
	type BlockSlot,
	CodecError,
	type CodecErrorCode,
	type CompressedBlock,
	type CompressorName,
	type CompressorOptions,
	createBlockPool,
	type ImageCompressorOptions,
	type Tier,
} from "../codec/index.js";
export { openFileContent } from "../ground/files/index.js";
export {
	BlockCache,
	type BlockCacheOptions,
	type BlockKey,
	type BlockStore,
} from "../squashfs/cache/index.js";
export {
	type Alignment,
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
	type FormatOptions,
	parseFormatOptions,
	type TreeChanges,
} from "../squashfs/options/index.js";
export {
	type ImageEntry,
	type ImageRegion,
	openImage,
	readSquashfs,
	readTree,
	type SquashfsEntry,
	type SquashfsImage,
	type StoredExtent,
	type StoredFragment,
} from "../squashfs/read/index.js";
export { type ImageEngine, writeImage, writeSquashfs } from "../squashfs/write/index.js";
