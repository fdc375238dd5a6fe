import { setImmediate as nextTurn } from "node:timers/promises";
import type { Content } from "../bytes/index.js";
import type { BlockPool } from "../codec/index.js";
import { BlockMaker } from "./block-maker.js";
import { type BlockPlaced, BlockSequence } from "./block-sequence.js";
import type { DataBlockKind } from "./block-store.js";
import type { DataWriter, FileLayout, FragmentEntry, ImageFile } from "./data-layout.js";
import { findOriginals } from "./duplicates.js";
import { blockPieces, tailOf } from "./file-pieces.js";
import type { Tail } from "./fragment-grouping.js";
import { planFragments } from "./fragment-plan.js";
import { type ImageEngine, usePool } from "./image-engine.js";
import type { ImageOptions } from "./image-options.js";

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
			new DataWrite(options, engine, pool, image, position).run(unique, bytes),
		);
		return { files: new Map(files.map((file, i) => [file, layouts.get(originals[i]!)!])), fragments, end };
	};
}

/** Bytes between two turns of the event loop. */
const TURN_BYTES = 4 << 20;

interface ContentLayouts {
	readonly layouts: ReadonlyMap<Content, FileLayout>;
	readonly fragments: readonly FragmentEntry[];
	readonly end: number;
}

class DataWrite {
	readonly #options: ImageOptions;
	readonly #engine: ImageEngine;
	readonly #maker: BlockMaker;
	readonly #sequence: BlockSequence;
	#bytesTotal = 0;
	#bytesDone = 0;
	#bytesOfTurn = 0;

	constructor(
		options: ImageOptions,
		engine: ImageEngine,
		pool: BlockPool,
		image: ImageFile,
		position: number,
	) {
		this.#options = options;
		this.#engine = engine;
		this.#maker = new BlockMaker(options, pool, engine.store);
		this.#sequence = new BlockSequence(image, position, 2 * pool.slots);
	}

	/** @param contents each once, in tree order; @param bytesTotal of all of them. */
	async run(contents: readonly Content[], bytesTotal: number): Promise<ContentLayouts> {
		this.#bytesTotal = bytesTotal;
		const tails = contents.flatMap((content) => tailOf(content, this.#options) ?? []);
		const planning = planFragments(tails, this.#options, this.#maker.keys, this.#engine.store);
		// It is awaited after the blocks; an error of theirs may come first.
		planning.catch(() => {});
		const layouts = new Map<Content, FileLayout>();
		for (const content of contents) layouts.set(content, await this.#writeFile(content));
		const groups = await planning;
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

	/** Writes the blocks of one file alone; its layout is complete when the sequence is finished. */
	async #writeFile(content: Content): Promise<FileLayout> {
		const blocks: number[] = [];
		const layout = { start: 0, blocks, sparse: 0 };
		for (const piece of blockPieces(content, this.#options)) {
			await this.#writeBlock("data", [piece], (start, word) => {
				blocks.push(word);
				if (word === 0) layout.sparse += piece.size;
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

	/** Has a block made, sends it on its way, and waits while too many are under way. */
	async #writeBlock(kind: DataBlockKind, pieces: readonly Tail[], placed: BlockPlaced): Promise<void> {
		const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
		const { block } = await this.#maker.make(kind, pieces);
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
}
