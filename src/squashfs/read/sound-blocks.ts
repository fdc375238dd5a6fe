import type { ExpandPool } from "../../codec/index.js";
import { type Content, PvpkgError } from "../../ground/bytes/index.js";
import { RAW_DATA_BLOCK, readRange } from "../format/index.js";
import { blockName, type StoredContent, type StoredFragment, tailName } from "./file-reader.js";
import type { SquashfsImage } from "./reader.js";

/** A compressed block of file data. */
interface StoredBlock {
	readonly what: "data block" | "fragment block";
	/** Position in the image. */
	readonly position: number;
	/** Stored bytes. */
	readonly length: number;
	/** Names in `StoredContent.check`, by the bytes that files need of the block. */
	readonly names: Map<number, string>;
}

export interface SoundBlocksOptions {
	/** Expands blocks of the image's compressor and block size. */
	readonly pool: ExpandPool;
	/** Most bytes that all blocks may expand to; further ones are left out. */
	readonly limit: number;
}

/** Called with the first bytes of a block as stored, `HEAD_SIZE` at most. */
export type HeadObserver = (head: Uint8Array, what: string) => void;

/**
 * Bytes for all headers of an .xz stream of one block: 12, and at most 1,024 (.xz file format 1.2.0, section
 * 3.1.1).
 */
const HEAD_SIZE = 12 + 1024;
/** Blocks that are handed to the pool together, enough for a few jobs. */
const HANDED = 32;

export interface SoundBlocks {
	/** Names for `StoredContent.check`, which expands all other blocks. */
	readonly names: ReadonlySet<string>;
	/** Expanded bytes of these blocks. */
	readonly bytes: number;
}

/** No block. */
export const NO_BLOCKS: SoundBlocks = { names: new Set(), bytes: 0 };

/**
 * Expands the compressed blocks of files on all workers, each once, while the caller still adds files. The caller
 * lets the event loop turn between them. Damaged blocks are left out, as are all if their lists are damaged: reading
 * them again reports why. The result does not depend on the number of workers.
 */
export class SoundBlockSearch {
	readonly #content: Content;
	readonly #image: SquashfsImage;
	readonly #pool: ExpandPool;
	readonly #most: number;
	/** Blocks by kind, position and length, in the order in which files have them. */
	readonly #blocks = new Map<string, StoredBlock>();
	/** Those that the pool does not have yet. */
	#waiting: StoredBlock[] = [];
	/** The expanded sizes of the others. */
	readonly #sizes: Promise<readonly number[]>[] = [];
	#fragments: readonly StoredFragment[] | undefined;
	#isDamaged = false;

	constructor(content: Content, image: SquashfsImage, { pool, limit }: SoundBlocksOptions) {
		this.#content = content;
		this.#image = image;
		this.#pool = pool;
		// The most that a block may expand to counts before its actual size is known.
		this.#most = Math.floor(limit / image.superblock.blockSize);
	}

	/** Adds the blocks of a content of the image. Each content is added once. */
	add(file: StoredContent): void {
		if (this.#isDamaged) return;
		try {
			this.#addBlocks(file);
		} catch (cause) {
			if (!(cause instanceof PvpkgError)) throw cause;
			this.#isDamaged = true;
		}
		if (this.#waiting.length >= HANDED) this.#hand();
	}

	/** Waits for all blocks. @param onBlock is called for each, in the order of the image. */
	async finish(onBlock?: HeadObserver | undefined): Promise<SoundBlocks> {
		if (this.#isDamaged) return NO_BLOCKS;
		this.#hand();
		if (onBlock) this.#readHeads(onBlock);
		const names = soundNames(this.#blocks.values(), (await Promise.all(this.#sizes)).flat());
		return { names, bytes: this.#blocks.size * this.#image.superblock.blockSize };
	}

	#addBlocks(file: StoredContent): void {
		const { blockSize } = this.#image.superblock;
		const { start, words, tail } = file.stored();
		let position = start;
		for (const [index, word] of words.entries()) {
			const size = Math.min(blockSize, file.size - index * blockSize);
			if (word <= size) this.#addBlock("data block", position, word, size, blockName(position, word, size));
			position += word & (RAW_DATA_BLOCK - 1);
		}
		if (tail === undefined) return;
		this.#fragments ??= this.#image.fragments();
		const fragment = this.#fragments[tail.fragment];
		if (fragment === undefined || fragment.raw || fragment.length > blockSize) return;
		const end = tail.offset + tail.size;
		this.#addBlock("fragment block", fragment.start, fragment.length, end, tailName(tail.fragment, end));
	}

	/** Adds a block unless it is a hole or lies outside the image. */
	#addBlock(what: StoredBlock["what"], position: number, length: number, size: number, name: string): void {
		if (length === 0 || position + length > this.#image.superblock.bytesUsed) return;
		const key = `${what} ${position} ${length}`;
		let block = this.#blocks.get(key);
		if (block === undefined) {
			if (this.#blocks.size >= this.#most) return;
			block = { what, position, length, names: new Map() };
			this.#blocks.set(key, block);
			this.#waiting.push(block);
		}
		block.names.set(size, name);
	}

	#hand(): void {
		const content = this.#content;
		const stretches = this.#waiting.map(({ position, length }) => ({ content, position, size: length }));
		this.#waiting = [];
		const sizes = this.#pool.measure(stretches);
		// Until it is awaited, its rejection must not count as unhandled; where lists are damaged, nobody waits for it.
		sizes.catch(() => {});
		this.#sizes.push(sizes);
	}

	#readHeads(onBlock: HeadObserver): void {
		const { bytesUsed } = this.#image.superblock;
		const blocks = [...this.#blocks.values()].sort((a, b) => a.position - b.position);
		for (const { what, position, length } of blocks) {
			const place = `${what} at ${position}`;
			onBlock(readRange(this.#content, bytesUsed, position, Math.min(length, HEAD_SIZE), place), place);
		}
	}
}

/** Returns the names under which blocks of these sizes have what files need. */
function soundNames(blocks: Iterable<StoredBlock>, sizes: readonly number[]): Set<string> {
	const names = new Set<string>();
	let index = 0;
	for (const { what, names: named } of blocks) {
		const expanded = sizes[index++]!;
		for (const [size, name] of named) {
			if (what === "data block" ? size === expanded : size <= expanded) names.add(name);
		}
	}
	return names;
}
