import { type BlockPool, createBlockPool } from "../../codec/index.js";
import type { BlockStore } from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";

/** What makes an image. None of it changes a byte. */
export interface ImageEngine {
	/** A pool of the image's compressor and block size, which several images may share; it stays open. */
	readonly pool?: BlockPool | undefined;
	/** Worker threads of an own pool, 0 for none. Default: the processors this process may use. */
	readonly jobs?: number | undefined;
	/** Bytes that an own pool may take. Default: what 8 blocks per worker take. */
	readonly memory?: number | undefined;
	/** Ends an own pool, and with it the writing. */
	readonly signal?: AbortSignal | undefined;
	/** Blocks made earlier, and where new ones are kept. */
	readonly store?: BlockStore | undefined;
	/** Without a store: data blocks that a precompressor made of the image's files. They are looked up, none is kept. */
	readonly early?: BlockStore | undefined;
	/** File bytes whose blocks are placed, of all that will be. */
	readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

/** Up to so many blocks are compressed here: a thread takes longer to start. */
const INLINE_BLOCKS = 2;

/** Lends the engine's pool, or one that lives as long as `use`. */
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
