import type { Content } from "../../ground/bytes/index.js";
import { damaged, type ImageSource, RAW_DATA_BLOCK, readU64, SquashfsError } from "../format/index.js";
import type { StoredFile } from "./inode-reader.js";
import type { LookupReader } from "./lookup-reader.js";
import type { MetadataReader } from "./metadata-reader.js";
import { RecentValues } from "./recent-values.js";

// This is 2 TiB with blocks of 128 KiB; a list of so many words takes 200 MB of memory.
const BLOCK_LIMIT = 1 << 24;
const CACHED_BLOCKS = 8;
/** Bytes of expanded fragment blocks to keep, as files of a directory use several of them again and again. */
const CACHED_FRAGMENTS = 1 << 25;
const CACHED_LISTS = 8;
/** Shared empty list, as most files of an image are shorter than a block. */
const NO_WORDS = new Uint32Array(0);

/** Where the blocks of a file are. */
interface BlockList {
	readonly words: Uint32Array;
	/** Positions in the image, one more than words. */
	readonly positions: Float64Array;
}

const NO_BLOCKS: BlockList = { words: NO_WORDS, positions: new Float64Array(1) };

/** Where the data of a file is in the image. */
export interface StoredExtent {
	/** Position of its consecutive blocks in the image. */
	readonly start: number;
	/** Stored bytes of all its blocks; 0 for a file of only holes or a tail. */
	readonly length: number;
	/** A word for each block: stored bytes, with `RAW_DATA_BLOCK` set when it is not compressed; 0 is a hole. */
	readonly words: Uint32Array;
	/** Its last bytes, which share a fragment block with others. */
	readonly tail: { readonly fragment: number; readonly offset: number; readonly size: number } | undefined;
}

/** A fragment block as it is stored. */
export interface StoredFragment {
	/** Position in the image. */
	readonly start: number;
	/** Stored bytes. */
	readonly length: number;
	/** Whether it is not compressed. */
	readonly raw: boolean;
}

/** The bytes of a file of an image, and their place in it. */
export interface StoredContent extends Content {
	/** Returns the place of its data in the image. @throws SquashfsError ERR_SQUASHFS_FORMAT. */
	stored(): StoredExtent;
	/**
	 * Expands every stored block of it that is not in `seen`, as a kernel would, without holes.
	 * @param seen names of the blocks that were expanded.
	 * @returns bytes that were expanded.
	 * @throws SquashfsError ERR_SQUASHFS_FORMAT.
	 */
	check(seen: Set<string>): number;
}

/**
 * The content of a file of an image. An image has many thousand of them: a class keeps each as one object of
 * numbers, while functions and inodes of their own would take most of the memory of a listing.
 */
class ReaderContent implements StoredContent {
	readonly #reader: FileReader;
	readonly size: number;
	/** Image position of the first block. */
	readonly start: number;
	/** Index of the fragment block with its last bytes; -1 for none. */
	readonly fragment: number;
	/** Offset of these bytes in that block. */
	readonly offset: number;
	/** Place of its block words: metadata block, and offset in it. */
	readonly listBlock: number;
	readonly listOffset: number;

	constructor(reader: FileReader, { size, start, fragment, offset, listBlock, listOffset }: StoredFile) {
		this.#reader = reader;
		this.size = size;
		this.start = start;
		this.fragment = fragment;
		this.offset = offset;
		this.listBlock = listBlock;
		this.listOffset = listOffset;
	}

	read(target: Uint8Array, position: number): void {
		this.#reader.read(this, target, position);
	}

	stored(): StoredExtent {
		return this.#reader.stored(this);
	}

	check(seen: Set<string>): number {
		return this.#reader.check(this, seen);
	}

	isOf(reader: FileReader): boolean {
		return this.#reader === reader;
	}
}

/** Returns the name of a block: by its position, its word, and the most bytes that it may have. */
export function blockName(position: number, word: number, size: number): string {
	return `${position} ${word} ${size}`;
}

/** Returns the name in `FileReader.check` of a fragment block that a tail up to byte `end` needs. */
export function tailName(fragment: number, end: number): string {
	return `tail ${fragment} ${end}`;
}

/** Reads the data of files, a block at a time. */
export class FileReader {
	readonly #source: ImageSource;
	readonly #inodes: MetadataReader;
	readonly #fragments: LookupReader;
	readonly #blockSize: number;
	readonly #blocks: RecentValues<string, Uint8Array> = new RecentValues(CACHED_BLOCKS);
	readonly #tails: RecentValues<string, Uint8Array>;
	readonly #counted: Set<number> = new Set();
	#spent = 0;
	readonly #lists: RecentValues<ReaderContent, BlockList> = new RecentValues(CACHED_LISTS);
	/** Provides some blocks, by `blockName`. */
	ahead: { take(name: string): Uint8Array | undefined } | undefined;

	/** @param cachedFragments bytes of fragment blocks that are kept. */
	constructor(
		source: ImageSource,
		inodes: MetadataReader,
		fragments: LookupReader,
		blockSize: number,
		cachedFragments: number = CACHED_FRAGMENTS,
	) {
		this.#source = source;
		this.#inodes = inodes;
		this.#fragments = fragments;
		this.#blockSize = blockSize;
		this.#tails = new RecentValues(Math.ceil(cachedFragments / blockSize));
	}

	/** Returns the content of a file; damage in it is found when it is read. */
	content(file: StoredFile): StoredContent {
		const content = new ReaderContent(this, file);
		const blocks = this.#blockCount(content);
		if (blocks > BLOCK_LIMIT || blocks * 4 > this.#inodes.capacity) {
			throw new SquashfsError(
				"ERR_SQUASHFS_LIMIT",
				`squashfs image: file: its inode cannot have the blocks of ${file.size} bytes`,
			);
		}
		return content;
	}

	/** Fills `target` with the bytes of a file from `position` on. */
	read(file: ReaderContent, target: Uint8Array, position: number): void {
		if (position < 0 || position + target.length > file.size) {
			throw new RangeError(`content: read: ${target.length} bytes at ${position} of ${file.size}`);
		}
		this.#read(file, target, position);
	}

	/** Returns whether a content is from this image. */
	has(content: Content): content is StoredContent {
		return content instanceof ReaderContent && content.isOf(this);
	}

	/**
	 * Returns the place of a file's data.
	 * @throws SquashfsError ERR_SQUASHFS_FORMAT, also if lists of blocks overlap to cost more than they hold.
	 */
	stored(file: ReaderContent): StoredExtent {
		const { size, fragment, offset, start } = file;
		const tail = fragment < 0 ? undefined : { fragment, offset, size: size % this.#blockSize };
		if (this.#blockCount(file) === 0) return { start, length: 0, words: NO_WORDS, tail };
		const { words, positions } = this.#list(file);
		this.#countList(file, words.length);
		return { start, length: positions.at(-1)! - start, words, tail };
	}

	/** Expands the stored blocks of a file that are not in `seen`; returns the bytes that it expanded. */
	check(file: ReaderContent, seen: Set<string>): number {
		const { words, positions } = this.#blockCount(file) === 0 ? NO_BLOCKS : this.#list(file);
		if (words.length > 0) this.#countList(file, words.length);
		let expanded = 0;
		const expand = (name: string, read: () => Uint8Array): void => {
			if (seen.has(name)) return;
			seen.add(name);
			expanded += read().length;
		};
		for (const [index, word] of words.entries()) {
			if (word === 0) continue;
			const size = Math.min(this.#blockSize, file.size - index * this.#blockSize);
			expand(blockName(positions[index]!, word, size), () => this.#block(file, index, size)!);
		}
		const { fragment, offset } = file;
		if (fragment < 0) return expanded;
		// Kernels look up the fragment even if it is empty.
		if (this.#fragment(fragment).word >= 2 * RAW_DATA_BLOCK)
			throw damaged("fragment table", "a size is too large");
		const size = file.size % this.#blockSize;
		if (size > 0) expand(tailName(fragment, offset + size), () => this.#tail(file, size));
		return expanded;
	}

	#countList({ listBlock, listOffset }: ReaderContent, words: number): void {
		// Offsets in a metadata block are below 2^16.
		const position = listBlock * 0x10000 + listOffset;
		if (this.#counted.has(position)) return;
		this.#counted.add(position);
		this.#spent += 4 * words;
		if (this.#spent > this.#inodes.reached) throw damaged("inode table", "its lists of blocks overlap");
	}

	/** @param count number of fragment blocks in the superblock. */
	fragments(count: number): StoredFragment[] {
		return Array.from({ length: count }, (_, index) => {
			const { start, word } = this.#fragment(index);
			return { start, length: word & (RAW_DATA_BLOCK - 1), raw: (word & RAW_DATA_BLOCK) !== 0 };
		});
	}

	#fragment(index: number): { readonly start: number; readonly word: number } {
		const entry = this.#fragments.entry(index);
		return { start: readU64(entry, 0, "fragment table"), word: entry.readUInt32LE(8) };
	}

	#blockCount({ size, fragment }: ReaderContent): number {
		return fragment >= 0 ? Math.floor(size / this.#blockSize) : Math.ceil(size / this.#blockSize);
	}

	#read(file: ReaderContent, target: Uint8Array, position: number): void {
		for (let done = 0; done < target.length; ) {
			const at = position + done;
			const index = Math.floor(at / this.#blockSize);
			const start = index * this.#blockSize;
			const size = Math.min(this.#blockSize, file.size - start);
			const part = Math.min(target.length - done, size - (at - start));
			const place = target.subarray(done, done + part);
			const block = this.#block(file, index, size);
			if (block) place.set(block.subarray(at - start, at - start + part));
			else place.fill(0);
			done += part;
		}
	}

	// Undefined stands for a hole.
	#block(file: ReaderContent, index: number, size: number): Uint8Array | undefined {
		if (index >= this.#blockCount(file)) return this.#tail(file, size);
		const list = this.#lists.get(file, () => this.#list(file));
		const word = list.words[index]!;
		if (word === 0) return undefined;
		const block = this.#stored(this.#blocks, list.positions[index]!, word, size, "data block");
		if (block.length === size) return block;
		throw damaged("data block", `expected ${size} bytes, got ${block.length}`);
	}

	#tail({ fragment, offset }: ReaderContent, size: number): Uint8Array {
		const { start, word } = this.#fragment(fragment);
		const block = this.#stored(this.#tails, start, word, this.#blockSize, "fragment block");
		if (offset + size <= block.length) return block.subarray(offset, offset + size);
		throw damaged("fragment block", `expected ${offset + size} bytes, got ${block.length}`);
	}

	#list(file: ReaderContent): BlockList {
		const count = this.#blockCount(file);
		const words = new Uint32Array(count);
		const positions = new Float64Array(count + 1).fill(file.start, 0, 1);
		const cursor = this.#inodes.cursor({ block: file.listBlock, offset: file.listOffset });
		for (let i = 0; i < count; i++) {
			const word = cursor.u32();
			words[i] = word;
			positions[i + 1] = positions[i]! + (word & (RAW_DATA_BLOCK - 1));
		}
		return { words, positions };
	}

	#stored(
		recent: RecentValues<string, Uint8Array>,
		position: number,
		word: number,
		maximum: number,
		what: string,
	): Uint8Array {
		const length = word & (RAW_DATA_BLOCK - 1);
		if (length === 0 || length > maximum || word > (RAW_DATA_BLOCK | maximum)) {
			throw damaged(`${what} at ${position}`, `expected a size of 1 to ${maximum}, got word ${word}`);
		}
		const raw = (word & RAW_DATA_BLOCK) !== 0;
		const name = blockName(position, word, maximum);
		return recent.get(name, () => {
			const expanded = raw ? undefined : this.ahead?.take(name);
			const isSound = expanded !== undefined && expanded.length <= maximum;
			return isSound ? expanded : this.#source.block(position, length, raw, maximum, what);
		});
	}
}
