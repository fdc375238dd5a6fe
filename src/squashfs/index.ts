export { BlockCache, type BlockCacheOptions, removeBlocks } from "./block-cache.js";
export type { BlockKey, BlockStore } from "./block-store.js";
export {
	type DataLayout,
	type DataWriter,
	type FileLayout,
	type FragmentEntry,
	type ImageFile,
	RAW_DATA_BLOCK,
} from "./data-layout.js";
export { SquashfsError, type SquashfsErrorCode } from "./errors.js";
export type { TreeChanges } from "./format-draft.js";
export { type FormatOptions, formatOptionLength, parseFormatOptions } from "./format-options.js";
export type { ImageEngine } from "./image-engine.js";
export { writeSquashfs } from "./image-file.js";
export { DEFAULT_IMAGE_OPTIONS, type ImageOptions, type ImageStats } from "./image-options.js";
export { readSquashfs, readTree, type SquashfsEntry } from "./image-tree.js";
export { createPrecompressor, type Precompressor } from "./precompressor.js";
export { type ImageEntry, openImage, type SquashfsImage } from "./reader.js";
export type { Superblock } from "./superblock.js";
export { applyFormatOptions } from "./tree-changes.js";
export { writeImage } from "./writer.js";
