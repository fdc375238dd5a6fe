export type { StoredContent, StoredExtent, StoredFragment } from "./file-reader.js";
export type { ImageRegion } from "./image-regions.js";
export { readSquashfs, readTree, type SquashfsEntry } from "./image-tree.js";
export {
	type EntryBody,
	type ImageEntry,
	type OpenOptions,
	openImage,
	type SquashfsImage,
} from "./reader.js";
export {
	type HeadObserver,
	NO_BLOCKS,
	SoundBlockSearch,
	type SoundBlocks,
	type SoundBlocksOptions,
} from "./sound-blocks.js";
