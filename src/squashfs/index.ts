export {
	BlockCache,
	type BlockCacheOptions,
	type BlockKey,
	type BlockStore,
	removeBlocks,
} from "./cache/index.js";
export {
	type Alignment,
	type DataLayout,
	type DataWriter,
	DEFAULT_IMAGE_OPTIONS,
	type FileLayout,
	type FragmentEntry,
	type ImageFile,
	type ImageOptions,
	type ImageStats,
	RAW_DATA_BLOCK,
	SquashfsError,
	type SquashfsErrorCode,
	type Superblock,
} from "./format/index.js";
export {
	applyFormatOptions,
	type FormatOptions,
	formatOptionLength,
	parseFormatOptions,
	type TreeChanges,
} from "./options/index.js";
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
} from "./read/index.js";
export {
	createPrecompressor,
	type ImageEngine,
	type Precompressor,
	writeImage,
	writeSquashfs,
} from "./write/index.js";
