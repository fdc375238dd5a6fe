import { type BlockPool, createBlockPool } from "../../codec/index.js";
import type { BlockStore } from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";

/** The resources for making an image. None of them changes a byte. */
export interface ImageEngine {
	/** A pool of the image's compressor and block size, which several images may share; it stays open. */
	readonly pool?: BlockPool | undefined;
	/** Worker threads of an own pool, 0 for none. Default: the processors that this process may use. */
	readonly jobs?: number | undefined;
	/** Memory of an own pool in bytes. Default: what 8 blocks per worker take. */
	readonly memory?: number | undefined;
	/** Aborts an own pool, and with it the writing. */
	readonly signal?: AbortSignal | undefined;
	/** Store of blocks that were made earlier, and of new ones. */
	readonly store?: BlockStore | undefined;
	/**
	 * Data blocks that a precompressor made of the image's files, used without a store. They are looked up, and
	 * none is added.
	 */
	readonly early?: BlockStore | undefined;
	/** File bytes whose blocks are placed, of all that will be. */
	readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

/** Up to this many blocks are compressed in this thread, as starting another takes longer. */
const INLINE_BLOCKS = 2;

/** Calls `use` with the engine's pool, or with one that lives as long as the call. */
export async function usePool<Result>(
	options: ImageOptions,
	engine: ImageEngine,
	bytes: number,
	use: (pool: BlockPool) => Promise<Result>,
): Promise<Result> {
	if (engine.pool) {
		checkPool(engine.pool, options);
		return use(engine.pool);
	}
	const { compressor, blockSize } = options;
	const { memory, signal } = engine;
	const jobs = bytes <= INLINE_BLOCKS * blockSize ? 0 : engine.jobs;
	const pool = createBlockPool({ compressor, blockSize, jobs, memory, signal });
	try {
		return await use(pool);
	} finally {
		await pool.close();
	}
}

function checkPool(pool: BlockPool, { compressor, blockSize }: ImageOptions): void {
	const got = JSON.stringify([pool.compressor, pool.blockSize]);
	const expected = JSON.stringify([compressor, blockSize]);
	if (got !== expected)
		throw new TypeError(`squashfs engine: pool: expected one for ${expected}, got ${got}`);
}
