import { createExpandPool } from "../../codec/index.js";
import { type Content, PvpkgError } from "../../ground/bytes/index.js";
import { RAW_DATA_BLOCK, readRange } from "../format/index.js";
import { blockName, type StoredContent, tailName } from "./file-reader.js";
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
	/** Worker threads, 1 at least. Default: one for each processor. */
	readonly jobs?: number | undefined;
	/** Most bytes that all blocks may expand to; further ones are left out. */
	readonly limit: number;
	/** Called with the first bytes of every block as stored, `HEAD_SIZE` at most, in the order of the image. */
	readonly onBlock?: ((head: Uint8Array, what: string) => void) | undefined;
}

/**
 * Bytes for all headers of an .xz stream of one block: 12, and at most 1,024 (.xz file format 1.2.0, section
 * 3.1.1).
 */
const HEAD_SIZE = 12 + 1024;

export interface SoundBlocks {
	/** Names for `StoredContent.check`, which expands all other blocks. */
	readonly names: ReadonlySet<string>;
	/** Expanded bytes of these blocks. */
	readonly bytes: number;
}

/**
 * Expands the compressed blocks of files on all workers, each once, in the order of the image. Damaged blocks are
 * left out, as are all if their lists are damaged: reading them again reports why. The result does not depend on
 * the number of workers.
 * @param files contents of the image, each once.
 */
export async function findSoundBlocks(
	content: Content,
	image: SquashfsImage,
	files: readonly StoredContent[],
	{ jobs, limit, onBlock }: SoundBlocksOptions,
): Promise<SoundBlocks> {
	const { blockSize, bytesUsed } = image.superblock;
	// The most that a block may expand to counts before its actual size is known.
	const blocks = listBlocks(image, files).slice(0, Math.floor(limit / blockSize));
	for (const { what, position, length } of onBlock ? blocks : []) {
		const place = `${what} at ${position}`;
		onBlock?.(readRange(content, bytesUsed, position, Math.min(length, HEAD_SIZE), place), place);
	}
	const pool = createExpandPool({ compressor: image.compressor, blockSize, jobs });
	try {
		const sizes = await pool.measure(
			blocks.map(({ position, length }) => ({ content, position, size: length })),
		);
		return { names: soundNames(blocks, sizes), bytes: blocks.length * blockSize };
	} finally {
		await pool.close();
	}
}

/** Returns the names under which blocks of these sizes have what files need. */
function soundNames(blocks: readonly StoredBlock[], sizes: readonly number[]): Set<string> {
	const names = new Set<string>();
	for (const [i, { what, names: named }] of blocks.entries()) {
		const expanded = sizes[i]!;
		for (const [size, name] of named) {
			if (what === "data block" ? size === expanded : size <= expanded) names.add(name);
		}
	}
	return names;
}

/** Returns the blocks by position, as far as the tables can be read. */
function listBlocks(image: SquashfsImage, files: readonly StoredContent[]): StoredBlock[] {
	const blocks = new Map<string, StoredBlock>();
	try {
		collectBlocks(image, files, blocks);
	} catch (cause) {
		if (!(cause instanceof PvpkgError)) throw cause;
		return [];
	}
	return [...blocks.values()].sort((a, b) => a.position - b.position);
}

function collectBlocks(
	image: SquashfsImage,
	files: readonly StoredContent[],
	blocks: Map<string, StoredBlock>,
): void {
	const { blockSize, bytesUsed } = image.superblock;
	const fragments = image.fragments();
	const add = (
		what: StoredBlock["what"],
		position: number,
		word: number,
		size: number,
		name: string,
	): void => {
		const isCompressed = word > 0 && word <= (what === "data block" ? size : blockSize);
		if (!isCompressed || position + word > bytesUsed) return;
		const key = `${what} ${position} ${word}`;
		const block = blocks.get(key) ?? { what, position, length: word, names: new Map() };
		block.names.set(size, name);
		blocks.set(key, block);
	};
	for (const file of files) {
		const { start, words, tail } = file.stored();
		let position = start;
		for (const [index, word] of words.entries()) {
			const size = Math.min(blockSize, file.size - index * blockSize);
			add("data block", position, word, size, blockName(position, word, size));
			position += word & (RAW_DATA_BLOCK - 1);
		}
		const fragment = tail && fragments[tail.fragment];
		if (fragment === undefined || fragment.raw) continue;
		const end = tail!.offset + tail!.size;
		add("fragment block", fragment.start, fragment.length, end, tailName(tail!.fragment, end));
	}
}
