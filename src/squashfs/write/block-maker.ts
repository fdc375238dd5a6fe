import { type BlockPool, type CompressedBlock, HOLE, readStretches } from "../../codec/index.js";
import {
	type BlockKey,
	BlockKeys,
	type BlockStore,
	blockMemory,
	type DataBlockKind,
} from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";
import type { Tail } from "../group/index.js";
import type { ImageEngine } from "./image-engine.js";

/** A block in work. This is an object, because a promise of a promise would be awaited. */
interface BlockInWork {
	readonly block: CompressedBlock | Promise<CompressedBlock>;
	/** Returns the memory of the block to the maker, once its bytes are not needed; absent if it is not the maker's. */
	readonly release?: (() => void) | undefined;
}

/** Makes blocks of stretches of contents: from the store, or in the slots of the pool. */
export class BlockMaker {
	readonly keys: BlockKeys;
	readonly #options: ImageOptions;
	readonly #pool: BlockPool;
	readonly #store: BlockStore | undefined;
	readonly #early: BlockStore | undefined;
	readonly #zeros: Uint8Array;
	/** Memory of released blocks: new memory would cost page faults, and garbage collection of the old. */
	readonly #released: Uint8Array[] = [];

	constructor(
		options: ImageOptions,
		pool: BlockPool,
		{ store, early }: Pick<ImageEngine, "store" | "early">,
	) {
		this.keys = new BlockKeys(pool);
		this.#options = options;
		this.#pool = pool;
		this.#store = store;
		this.#early = early;
		this.#zeros = new Uint8Array(options.blockSize);
	}

	/** Waits for a free slot, not for the block. A data block of only zeros is a block without bytes. */
	async make(kind: DataBlockKind, pieces: readonly Tail[]): Promise<BlockInWork> {
		if (kind === "data" ? this.#options.rawData : this.#options.rawFragments) {
			return { block: this.#storeRaw(kind, pieces) };
		}
		const store = this.#store ?? (kind === "data" ? this.#early : undefined);
		const key = store && this.keys.name(kind, pieces);
		const known = key && this.#find(store, key);
		if (known) return known;
		const slot = await this.#pool.reserve();
		// Another image with this block may have begun it meanwhile.
		const begun = key && this.#find(store, key);
		if (begun) {
			slot.release();
			return begun;
		}
		if (key && this.#store) {
			const block = slot.compress(pieces, kind === "data");
			this.#store.keep(key, block);
			return { block };
		}
		const memory = this.#takeMemory();
		const block = slot.compress(pieces, kind === "data", memory);
		return { block, release: () => void this.#released.push(memory) };
	}

	/** Finds a block; from a file, it is read into memory of the maker. */
	#find(store: BlockStore, key: BlockKey): BlockInWork | undefined {
		const memory = this.#takeMemory();
		const release = (): void => void this.#released.push(memory);
		const block = store.find(key, memory);
		if (block && "bytes" in block && block.bytes.buffer === memory.buffer) return { block, release };
		release();
		return block && { block };
	}

	#takeMemory(): Uint8Array {
		return this.#released.pop() ?? blockMemory(this.#options.blockSize);
	}

	#storeRaw(kind: DataBlockKind, pieces: readonly Tail[]): CompressedBlock {
		const bytes = new Uint8Array(pieces.reduce((sum, { size }) => sum + size, 0));
		readStretches(pieces, bytes);
		return kind === "data" && this.#isHole(bytes) ? HOLE : { bytes, raw: true };
	}

	#isHole(block: Uint8Array): boolean {
		return Buffer.compare(block, this.#zeros.subarray(0, block.length)) === 0;
	}
}
