import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlockPool } from "../../codec/index.js";
import type { ByteString, Content } from "../../ground/bytes/index.js";
import type { DataBlockKind } from "../cache/index.js";
import type {
	DataLayout,
	DataWriter,
	FileLayout,
	FileLayouts,
	FragmentEntry,
	ImageFile,
	ImageOptions,
	NamedContent,
} from "../format/index.js";
import { type FragmentOrder, fragmentOrder, type Tail } from "../group/index.js";
import { BlockMaker } from "./block-maker.js";
import { type BlockPlaced, BlockSequence } from "./block-sequence.js";
import { findCopies, rememberDigests } from "./duplicates.js";
import { blockPieces, tailOf } from "./file-pieces.js";
import { FirstSamples } from "./first-samples.js";
import { type FragmentPlan, planFragments } from "./fragment-plan.js";
import { type ImageEngine, usePool } from "./image-engine.js";

/**
 * A writer of file data: full blocks first, in tree order, then the blocks of tails, which are
 * grouped meanwhile. Workers read contents straight into the slots of the pool, so that memory is
 * bounded by the pool, whatever the size of the image. The order of work:
 *
 *     sample tails, find equal contents     all workers
 *     compress blocks of files              all workers, while a thread groups the tails
 *     compress blocks of tails              all workers, while this thread makes the inode tables
 */
export function createDataWriter(options: ImageOptions, engine: ImageEngine): DataWriter {
	return async (files, image, position, onLayouts) => {
		const names = firstNames(files);
		const contents = [...names.keys()];
		const bytes = contents.reduce((sum, { size }) => sum + size, 0);
		return usePool(options, engine, bytes, (pool) =>
			new DataWrite(options, engine, pool, image, position).run(names, bytes, onLayouts),
		);
	};
}

/** Returns each content once, in their order, with its first name. */
function firstNames(files: readonly NamedContent[]): ReadonlyMap<Content, ByteString> {
	const names = new Map<Content, ByteString>();
	for (const { name, content } of files) if (!names.has(content)) names.set(content, name);
	return names;
}

/** Bytes between two turns of the event loop. */
const TURN_BYTES = 4 << 20;

const NONE: readonly number[] = [];
const NO_BLOCKS: FileLayout = { start: 0, blocks: NONE, sparse: 0 };

class DataWrite {
	readonly #options: ImageOptions;
	readonly #order: FragmentOrder;
	readonly #engine: ImageEngine;
	readonly #pool: BlockPool;
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
		this.#order = fragmentOrder(options.order, options.compressor);
		this.#engine = engine;
		this.#pool = pool;
		this.#maker = new BlockMaker(options, pool, engine);
		this.#sequence = new BlockSequence(image, position, 2 * pool.slots, options.alignment);
	}

	/**
	 * @param names of the contents, each object once, in tree order.
	 * @param bytesTotal of all of them.
	 * @param onLayouts is called when only fragments are left to make.
	 */
	async run(
		names: ReadonlyMap<Content, ByteString>,
		bytesTotal: number,
		onLayouts: (layouts: FileLayouts) => Promise<void>,
	): Promise<DataLayout> {
		this.#bytesTotal = bytesTotal;
		const contents = [...names.keys()];
		const samples = await this.#sampleFirst(contents);
		const copies = await this.#findCopies(contents, samples);
		const written = copies.size === 0 ? contents : contents.filter((content) => !copies.has(content));
		const plan = await this.#planTails(written, names, samples);
		// They are awaited after the blocks, whose errors may come first.
		plan.groups.catch(() => {});
		const layouts = new Map<Content, FileLayout>();
		for (const content of written) {
			if (this.#hasBlocks(content)) layouts.set(content, await this.#writeFile(content));
		}
		const groups = await plan.groups;
		placeTails(layouts, groups);
		for (const content of written) if (!layouts.has(content)) layouts.set(content, NO_BLOCKS);
		for (const [content, original] of copies) layouts.set(content, layouts.get(original)!);
		const tables = new Promise<void>((resolve, reject) => {
			this.#sequence.onPlaced(() => onLayouts(layouts).then(resolve, reject));
		});
		tables.catch(() => {});
		const fragments = await this.#writeFragments(groups);
		const end = await this.#sequence.finish();
		await tables;
		return { files: layouts, fragments, end };
	}

	#hasBlocks(content: Content): boolean {
		return content.size > (tailOf(content, this.#options)?.size ?? 0);
	}

	#tailsOf(contents: readonly Content[]): readonly Tail[] {
		return contents.flatMap((content) => tailOf(content, this.#options) ?? []);
	}

	/** Samples tails before copies are known, if that saves reading for digests: a store looks up by digests. */
	async #sampleFirst(contents: readonly Content[]): Promise<FirstSamples | undefined> {
		const order = this.#order;
		if (this.#engine.store || !this.#options.duplicates || order.by !== "strings") return undefined;
		return FirstSamples.make(this.#tailsOf(contents), order.oneIn, this.#pool);
	}

	#planTails(
		contents: readonly Content[],
		names: ReadonlyMap<Content, ByteString>,
		samples: FirstSamples | undefined,
	): Promise<FragmentPlan> {
		const { store, signal } = this.#engine;
		const tools = { pool: this.#pool, keys: this.#maker.keys, store, samples, names, signal };
		return planFragments(this.#tailsOf(contents), this.#order, tools);
	}

	async #findCopies(
		contents: readonly Content[],
		samples: FirstSamples | undefined,
	): Promise<ReadonlyMap<Content, Content>> {
		// A store looks up by digests.
		if (this.#engine.store) await rememberDigests(contents, this.#pool);
		if (!this.#options.duplicates) return new Map();
		const copies = await findCopies(contents, this.#pool, (content) => samples?.signOf(content) ?? "");
		for (const { size } of copies.keys()) this.#bytesDone += size;
		return copies;
	}

	/** Writes the blocks of one file; its layout is complete when the sequence is finished. */
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

	/** Starts making a block, appends it to the sequence, and waits while too many are unfinished. */
	async #writeBlock(
		kind: DataBlockKind,
		pieces: readonly Tail[],
		isFirst: boolean,
		placed: BlockPlaced,
	): Promise<void> {
		const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
		const { block, release } = await this.#maker.make(kind, pieces);
		const waits = this.#sequence.push(block, isFirst, (start, word) => {
			placed(start, word);
			release?.();
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

/** Adds the places of tails to the layouts. */
function placeTails(layouts: Map<Content, FileLayout>, groups: readonly (readonly Tail[])[]): void {
	for (const [index, group] of groups.entries()) {
		let offset = 0;
		for (const { content, size } of group) {
			const fragment = { index, offset };
			const layout = layouts.get(content);
			// An existing layout is completed in place, because some of its blocks may not be placed yet.
			if (layout) Object.assign(layout, { fragment });
			else layouts.set(content, { start: 0, blocks: NONE, sparse: 0, fragment });
			offset += size;
		}
	}
}
