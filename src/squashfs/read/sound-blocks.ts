import { createExpandPool } from "../../codec/index.js";
import { type Content, PvpkgError } from "../../ground/bytes/index.js";
import { RAW_DATA_BLOCK, readRange } from "../format/index.js";
import { blockName, tailName } from "./file-reader.js";
import type { SquashfsImage } from "./reader.js";

/** A compressed block of file data. */
interface StoredBlock {
	readonly what: "data block" | "fragment block";
	/** Image position. */
	readonly position: number;
	/** Stored bytes. */
	readonly length: number;
	/** What `StoredContent.check` calls the block, by the bytes that files need of it. */
	readonly names: Map<number, string>;
}

export interface SoundBlocksOptions {
	/** Worker threads, 1 at least. Default: one for each processor. */
	readonly jobs?: number | undefined;
	/** Most bytes that all blocks may expand to; further ones are left out. */
	readonly limit: number;
	/** Called with every block as it is stored, in the order of the image. */
	readonly onBlock?: ((stored: Uint8Array, what: string) => void) | undefined;
}

export interface SoundBlocks {
	/** For `StoredContent.check`, which expands all others. */
	readonly names: Set<string>;
	/** Bytes that they expand to. */
	readonly bytes: number;
}

/**
 * Expands compressed blocks of file data on all workers, each once, in the order of the image. A
 * block that is damaged is left out, as are all when the tables are: reading it again says why.
 * The result does not depend on the number of workers.
 */
export async function findSoundBlocks(
	content: Content,
	image: SquashfsImage,
	{ jobs, limit, onBlock }: SoundBlocksOptions,
): Promise<SoundBlocks> {
	const { blockSize, bytesUsed } = image.superblock;
	const names = new Set<string>();
	let bytes = 0;
	const pool = createExpandPool({ compressor: image.compressor, blockSize, jobs });
	const working: Promise<void>[] = [];
	try {
		for (const { what, position, length, names: named } of listBlocks(image)) {
			// What a block may expand to counts before it is known.
			bytes += blockSize;
			if (bytes > limit) break;
			const slot = await pool.reserve();
			const place = `${what} at ${position}`;
			const stored = readRange(content, bytesUsed, position, length, place);
			onBlock?.(stored, place);
			slot.input.set(stored);
			const take = (expanded: Uint8Array): void => {
				for (const [size, name] of named) {
					if (what === "data block" ? size === expanded.length : size <= expanded.length) names.add(name);
				}
			};
			working.push(slot.expand(length, take).catch(() => undefined));
		}
		await Promise.all(working);
	} finally {
		await pool.close();
	}
	return { names, bytes };
}

/** Returns the blocks by position, as far as the tables can be read. */
function listBlocks(image: SquashfsImage): StoredBlock[] {
	const blocks = new Map<string, StoredBlock>();
	try {
		collectBlocks(image, blocks);
	} catch (cause) {
		if (!(cause instanceof PvpkgError)) throw cause;
		return [];
	}
	return [...blocks.values()].sort((a, b) => a.position - b.position);
}

function collectBlocks(image: SquashfsImage, blocks: Map<string, StoredBlock>): void {
	const { blockSize, bytesUsed } = image.superblock;
	const fragments = image.fragments();
	const files = new Set<number>();
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
	for (const entry of image.entries()) {
		if (entry.kind !== "file" || files.has(entry.number)) continue;
		files.add(entry.number);
		const { start, words, tail } = entry.content.stored();
		let position = start;
		for (const [index, word] of words.entries()) {
			const size = Math.min(blockSize, entry.content.size - index * blockSize);
			add("data block", position, word, size, blockName(position, word, size));
			position += word & (RAW_DATA_BLOCK - 1);
		}
		const fragment = tail && fragments[tail.fragment];
		if (fragment === undefined || fragment.raw) continue;
		const end = tail!.offset + tail!.size;
		add("fragment block", fragment.start, fragment.length, end, tailName(tail!.fragment, end));
	}
}
