import type { ByteString, Content } from "../../ground/bytes/index.js";

/** The output of an image: random-access writes, holes read as zeros (a PendingFile fits). */
export interface ImageFile {
	/** Writes all of `bytes` at `position` (bytes from the start of the image). */
	write(bytes: Uint8Array, position: number): void;
}

/** The data and the name of a file. */
export interface NamedContent {
	/** Its first name in tree order, without directories. */
	readonly name: ByteString;
	readonly content: Content;
}

/** The layout of one file's bytes in the image, for its inode. */
export interface FileLayout {
	/** Byte position of the first block; 0 when the file has no stored block. */
	readonly start: number;
	/** One word per block: stored size, with `RAW_DATA_BLOCK` set when stored raw; 0 is a hole. */
	readonly blocks: readonly number[];
	/** Bytes in holes. */
	readonly sparse: number;
	/** Place of the tail, if it has no block of its own. */
	readonly fragment?: { readonly index: number; readonly offset: number } | undefined;
}

/** A block that holds the tails of several files. */
export interface FragmentEntry {
	/** Byte position in the image. */
	readonly start: number;
	/** Stored size, with `RAW_DATA_BLOCK` set when stored raw. */
	readonly word: number;
}

/** Result of writing all file data. */
export interface DataLayout {
	readonly files: FileLayouts;
	readonly fragments: readonly FragmentEntry[];
	/** First byte after the data. */
	readonly end: number;
}

/** Layouts of all files in the image, by their contents. */
export type FileLayouts = ReadonlyMap<Content, FileLayout>;

/**
 * Writes the data of `files` (each inode once, in tree order) from `position` on. A file whose size is a multiple
 * of the block size has no fragment.
 * @param onLayouts is called and awaited once the layout of all files is decided, while their fragments are still
 *   being made.
 */
export type DataWriter = (
	files: readonly NamedContent[],
	image: ImageFile,
	position: number,
	onLayouts: (files: FileLayouts) => Promise<void>,
) => Promise<DataLayout>;

/** Bit of a block or fragment word: the block is stored as it is. */
export const RAW_DATA_BLOCK: number = 1 << 24;
