import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlockPool } from "../../codec/index.js";
import type { Content } from "../../ground/bytes/index.js";
import type { DataBlockKind } from "../cache/index.js";
import type { DataWriter, FileLayout, FragmentEntry, ImageFile, ImageOptions } from "../format/index.js";
import type { Tail } from "../group/index.js";
import { BlockMaker } from "./block-maker.js";
import { type BlockPlaced, BlockSequence } from "./block-sequence.js";
import { findOriginals } from "./duplicates.js";
import { blockPieces, tailOf } from "./file-pieces.js";
import { planFragments } from "./fragment-plan.js";
import { type ImageEngine, usePool } from "./image-engine.js";

/**
 * A writer of file data: full blocks first, in tree order, then the blocks of tails, which are
 * grouped meanwhile. Contents are read straight into the slots of the pool, so that memory is
 * bounded by the pool, whatever the size of the image.
 */
export function createDataWriter(options: ImageOptions, engine: ImageEngine): DataWriter {
	return async (files, image, position) => {
		const contents = [...new Set(files.map(({ content }) => content))];
		const bytes = contents.reduce((sum, { size }) => sum + size, 0);
		const { layouts, fragments, end } = await usePool(options, engine, bytes, (pool) =>
			new DataWrite(options, engine, pool, image, position).run(contents, bytes),
		);
		return { files: new Map(files.map((file) => [file, layouts.get(file.content)!])), fragments, end };
	};
}

/** Bytes between two turns of the event loop. */
const TURN_BYTES = 4 << 20;

interface ContentLayouts {
	readonly layouts: ReadonlyMap<Content, FileLayout>;
	readonly fragments: readonly FragmentEntry[];
	readonly end: number;
}

/** For every content the one whose bytes are written for it. */
type Originals = ReadonlyMap<Content, Content>;

const NO_BLOCKS: FileLayout = { start: 0, blocks: [], sparse: 0 };

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
		this.#sequence = new BlockSequence(image, position, 2 * pool.slots, options.alignment);
	}

	/** @param contents each object once, in tree order; @param bytesTotal of all of them. */
	async run(contents: readonly Content[], bytesTotal: number): Promise<ContentLayouts> {
		this.#bytesTotal = bytesTotal;
		// Contents of one size have blocks of their own, or all have none: duplicates are on one side.
		const large = await this.#findOriginals(contents.filter((content) => this.#hasBlocks(content)));
		const planning = this.#planTails(contents, large);
		// It is awaited after the blocks; an error of theirs may come first.
		planning.catch(() => {});
		const layouts = new Map<Content, FileLayout>();
		for (const content of large.values()) {
			if (!layouts.has(content)) layouts.set(content, await this.#writeFile(content));
		}
		const { originals, groups } = await planning;
		const fragments = await this.#writeFragments(groups);
		const end = await this.#sequence.finish();
		for (const [index, group] of groups.entries()) {
			let offset = 0;
			for (const { content, size } of group) {
				layouts.set(content, { ...(layouts.get(content) ?? NO_BLOCKS), fragment: { index, offset } });
				offset += size;
			}
		}
		for (const [content, original] of originals) layouts.set(content, layouts.get(original) ?? NO_BLOCKS);
		return { layouts, fragments, end };
	}

	#hasBlocks(content: Content): boolean {
		return content.size > (tailOf(content, this.#options)?.size ?? 0);
	}

	/** Groups the tails of all contents, while the blocks of the large ones are written. */
	async #planTails(
		contents: readonly Content[],
		large: Originals,
	): Promise<{ readonly originals: Originals; readonly groups: readonly (readonly Tail[])[] }> {
		const small = await this.#findOriginals(contents.filter((content) => !large.has(content)));
		const originals = new Map([...large, ...small]);
		const tails = contents
			.filter((content) => originals.get(content) === content)
			.flatMap((content) => tailOf(content, this.#options) ?? []);
		const groups = await planFragments(tails, this.#options, this.#maker.keys, this.#engine.store);
		return { originals, groups };
	}

	async #findOriginals(contents: readonly Content[]): Promise<Originals> {
		if (!this.#options.duplicates) return new Map(contents.map((content) => [content, content]));
		const originals = await findOriginals(contents);
		for (const [content, original] of originals) {
			if (content !== original) this.#bytesDone += content.size;
		}
		return originals;
	}

	/** Writes the blocks of one file alone; its layout is complete when the sequence is finished. */
	async #writeFile(content: Content): Promise<FileLayout> {
		const blocks: number[] = [];
		const layout = { start: 0, blocks, sparse: 0 };
		let isFirst = true;
		for (const piece of blockPieces(content, this.#options)) {
			await this.#writeBlock("data", [piece], isFirst, (start, word) => {
				blocks.push(word);
				if (word === 0) layout.sparse += piece.size;
				else layout.start ||= start;
			});
			isFirst = false;
		}
		return layout;
	}

	async #writeFragments(groups: readonly (readonly Tail[])[]): Promise<readonly FragmentEntry[]> {
		const entries: FragmentEntry[] = [];
		for (const tails of groups) {
			await this.#writeBlock("fragment", tails, true, (start, word) => {
				entries.push({ start, word });
			});
		}
		return entries;
	}

	/** Has a block made, sends it on its way, and waits while too many are under way. */
	async #writeBlock(
		kind: DataBlockKind,
		pieces: readonly Tail[],
		isFirst: boolean,
		placed: BlockPlaced,
	): Promise<void> {
		const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
		const { block } = await this.#maker.make(kind, pieces);
		const waits = this.#sequence.push(block, isFirst, (start, word) => {
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
