import { setImmediate as nextTurn } from "node:timers/promises";
import type { Content } from "../bytes/index.js";
import type { BlockPool, BlockSlot, CompressedBlock } from "../codec/index.js";
import { type BlockPlaced, BlockSequence } from "./block-sequence.js";
import { BlockKeys, type DataBlockKind } from "./block-store.js";
import type { DataWriter, FileLayout, FragmentEntry, ImageFile } from "./data-layout.js";
import { findOriginals } from "./duplicates.js";
import {
	decodeGroups,
	encodeGroups,
	groupInOrder,
	groupSimilar,
	type Tail,
	type TailGroups,
} from "./fragment-grouping.js";
import { type ImageEngine, usePool } from "./image-engine.js";
import type { ImageOptions } from "./image-options.js";
import { type TailSample, TailSampler } from "./tail-sample.js";

/**
 * A writer of file data: full blocks first, in tree order, then the blocks of tails, which are
 * grouped meanwhile. Contents are read straight into the slots of the pool, so that memory is
 * bounded by the pool, whatever the size of the image.
 */
export function createDataWriter(options: ImageOptions, engine: ImageEngine): DataWriter {
	return async (files, image, position) => {
		const contents = files.map(({ content }) => content);
		const originals = options.duplicates ? findOriginals(contents) : contents;
		const unique = [...new Set(originals)];
		const bytes = unique.reduce((sum, { size }) => sum + size, 0);
		const { layouts, fragments, end } = await usePool(options, engine, bytes, (pool) =>
			new DataWrite(options, { ...engine, pool }, image, position).run(unique, bytes),
		);
		return { files: new Map(files.map((file, i) => [file, layouts.get(originals[i]!)!])), fragments, end };
	};
}

/** Bytes between two turns of the event loop. */
const TURN_BYTES = 4 << 20;
/** Sampling takes longer than reading. */
const SAMPLE_TURN_BYTES = 1 << 20;

const HOLE: CompressedBlock = { bytes: new Uint8Array(0), raw: false };

/** In an object, because a promise of a promise would be waited for. */
interface BlockInWork {
	readonly block: CompressedBlock | Promise<CompressedBlock>;
}

class DataWrite {
	readonly #options: ImageOptions;
	readonly #engine: ImageEngine & { readonly pool: BlockPool };
	readonly #keys: BlockKeys;
	readonly #sequence: BlockSequence;
	readonly #zeros: Uint8Array;
	#bytesTotal = 0;
	#bytesDone = 0;
	#bytesOfTurn = 0;

	constructor(
		options: ImageOptions,
		engine: ImageEngine & { readonly pool: BlockPool },
		image: ImageFile,
		position: number,
	) {
		this.#options = options;
		this.#engine = engine;
		this.#keys = new BlockKeys(engine.pool);
		this.#sequence = new BlockSequence(image, position, 2 * engine.pool.slots);
		this.#zeros = new Uint8Array(options.blockSize);
	}

	async run(
		contents: readonly Content[],
		bytesTotal: number,
	): Promise<{ layouts: Map<Content, FileLayout>; fragments: readonly FragmentEntry[]; end: number }> {
		this.#bytesTotal = bytesTotal;
		const tails = contents.flatMap((content) => this.#tailOf(content) ?? []);
		const grouping = this.#group(tails);
		// It is awaited after the blocks; an error of theirs may come first.
		grouping.catch(() => {});
		const layouts = new Map<Content, FileLayout>();
		for (const content of contents) layouts.set(content, await this.#writeFile(content));
		const groups = await grouping;
		const fragments = await this.#writeFragments(groups);
		const end = await this.#sequence.finish();
		for (const [index, group] of groups.entries()) {
			let offset = 0;
			for (const { content, size } of group) {
				layouts.set(content, { ...layouts.get(content)!, fragment: { index, offset } });
				offset += size;
			}
		}
		return { layouts, fragments, end };
	}

	#tailOf(content: Content): Tail | undefined {
		const { blockSize, fragments } = this.#options;
		const size = content.size % blockSize;
		const packed = fragments === "always" || (fragments === "small" && content.size < blockSize);
		return size > 0 && packed ? { content, position: content.size - size, size } : undefined;
	}

	/** Groups tails while the blocks of large files are in work. */
	async #group(tails: readonly Tail[]): Promise<readonly (readonly Tail[])[]> {
		const { blockSize, order } = this.#options;
		const groups =
			order === "tree"
				? groupInOrder(
						tails.map(({ size }) => size),
						blockSize,
					)
				: await this.#groupSimilar(tails);
		return groups.map((group) => group.map((tail) => tails[tail]!));
	}

	async #groupSimilar(tails: readonly Tail[]): Promise<TailGroups> {
		const { store } = this.#engine;
		const key = store && this.#keys.name("grouping", tails);
		const known = key && (await store.find(key));
		if (known) return decodeGroups(known.bytes, tails.length);
		const groups = groupSimilar(await sampleTails(tails), this.#options.blockSize);
		if (key) store.keep(key, { bytes: encodeGroups(groups), raw: true });
		return groups;
	}

	/** Writes the blocks of one file alone; its layout is complete when the sequence is finished. */
	async #writeFile(content: Content): Promise<FileLayout> {
		const { blockSize } = this.#options;
		const blocks: number[] = [];
		const layout = { start: 0, blocks, sparse: 0 };
		const end = content.size - (this.#tailOf(content)?.size ?? 0);
		for (let position = 0; position < end; position += blockSize) {
			const size = Math.min(blockSize, end - position);
			await this.#writeBlock("data", [{ content, position, size }], (start, word) => {
				blocks.push(word);
				if (word === 0) layout.sparse += size;
				else layout.start ||= start;
			});
		}
		return layout;
	}

	async #writeFragments(groups: readonly (readonly Tail[])[]): Promise<readonly FragmentEntry[]> {
		const entries: FragmentEntry[] = [];
		for (const tails of groups) {
			await this.#writeBlock("fragment", tails, (start, word) => {
				entries.push({ start, word });
			});
		}
		return entries;
	}

	/** Makes a block of stretches of contents, or finds it, and sends it on its way. */
	async #writeBlock(kind: DataBlockKind, pieces: readonly Tail[], placed: BlockPlaced): Promise<void> {
		const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
		const { block } = await this.#makeBlock(kind, pieces, size);
		const waits = this.#sequence.push(block, (start, word) => {
			placed(start, word);
			this.#bytesDone += size;
			this.#engine.onProgress?.(this.#bytesDone, this.#bytesTotal);
		});
		if (waits) await waits;
		this.#bytesOfTurn += size;
		if (this.#bytesOfTurn < TURN_BYTES) return;
		this.#bytesOfTurn = 0;
		await nextTurn();
	}

	async #makeBlock(kind: DataBlockKind, pieces: readonly Tail[], size: number): Promise<BlockInWork> {
		const { store, pool } = this.#engine;
		if (kind === "data" ? this.#options.rawData : this.#options.rawFragments) {
			return { block: this.#storeRaw(kind, pieces, size) };
		}
		const key = store && this.#keys.name(kind, pieces);
		const known = key && store?.find(key);
		if (known) return { block: known };
		const slot = await pool.reserve();
		const block = this.#compress(slot, kind, pieces, size);
		if (key) store?.keep(key, block);
		return { block };
	}

	#compress(
		slot: BlockSlot,
		kind: DataBlockKind,
		pieces: readonly Tail[],
		size: number,
	): BlockInWork["block"] {
		try {
			this.#read(pieces, slot.input);
		} catch (cause) {
			slot.release();
			throw cause;
		}
		if (kind === "fragment" || !this.#isHole(slot.input.subarray(0, size))) return slot.compress(size);
		slot.release();
		return HOLE;
	}

	#storeRaw(kind: DataBlockKind, pieces: readonly Tail[], size: number): CompressedBlock {
		const bytes = new Uint8Array(size);
		this.#read(pieces, bytes);
		return kind === "data" && this.#isHole(bytes) ? HOLE : { bytes, raw: true };
	}

	#read(pieces: readonly Tail[], target: Uint8Array): void {
		let filled = 0;
		for (const { content, position, size } of pieces) {
			content.read(target.subarray(filled, filled + size), position);
			filled += size;
		}
	}

	#isHole(block: Uint8Array): boolean {
		return Buffer.compare(block, this.#zeros.subarray(0, block.length)) === 0;
	}
}

async function sampleTails(tails: readonly Tail[]): Promise<readonly TailSample[]> {
	const sampler = new TailSampler(tails.reduce((sum, { size }) => sum + size, 0));
	const samples: TailSample[] = [];
	let bytesOfTurn = 0;
	for (const tail of tails) {
		samples.push(sampler.sample(tail));
		bytesOfTurn += tail.size;
		if (bytesOfTurn < SAMPLE_TURN_BYTES) continue;
		bytesOfTurn = 0;
		await nextTurn();
	}
	return samples;
}
