import type { CompressorOptions } from "./compressor.js";
import { InlineBlockPool } from "./inline-pool.js";
import { processorCount } from "./processor-count.js";
import { WorkerBlockPool } from "./worker-pool.js";

/** A block as it is stored in the image. */
export interface CompressedBlock {
	/** Stored bytes; the receiver owns them. */
	readonly bytes: Uint8Array;
	/** True: `bytes` is the block itself, because compressing did not make it shorter. */
	readonly raw: boolean;
}

/** A free place for one block. */
export interface BlockSlot {
	/** blockSize bytes to fill; backed by a SharedArrayBuffer. */
	readonly input: Uint8Array;
	/** Compresses the first `length` bytes of `input`; the slot is free again once this settles. */
	compress(length: number): Promise<CompressedBlock>;
	/** Gives the slot back unused. */
	release(): void;
}

/** Compresses independent data blocks, some at a time. Bytes depend on the block and the options alone. */
export interface BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	/** Blocks that may be in work at once. */
	readonly slots: number;
	/** Resolves when a slot is free, in the order of the calls: this is the back-pressure. */
	reserve(): Promise<BlockSlot>;
	/** Ends the workers; promises still open are rejected with ERR_CODEC_CLOSED. */
	close(): Promise<void>;
}

export interface BlockPoolOptions {
	readonly compressor: CompressorOptions;
	/** Bytes, 4 KiB..1 MiB. */
	readonly blockSize: number;
	/** Worker threads; 0 compresses in this thread. Default: `processorCount()`. */
	readonly jobs?: number | undefined;
	/** Bytes that slots and workers may take together; fewer slots, then fewer workers keep to it. */
	readonly memory?: number | undefined;
	/** Ends the pool; open promises are rejected with its reason. */
	readonly signal?: AbortSignal | undefined;
	/** Module with a `createCompressor` of your own, loaded by every worker. */
	readonly compressorModule?: URL | undefined;
}

/** Slots per worker: enough to ride out the slowest block while its neighbours pass. */
const SLOTS_PER_JOB = 8;

/**
 * Opens a pool for any number of images of one compressor and block size. Workers start when
 * blocks wait for them, and never keep the process alive while there is nothing to do.
 */
export function createBlockPool(options: BlockPoolOptions): BlockPool {
	const { jobs, slots } = poolSize(options.blockSize, options.jobs ?? processorCount(), options.memory);
	const plan = { ...options, jobs, slots };
	return jobs === 0 ? new InlineBlockPool(plan) : new WorkerBlockPool(plan);
}

/** What a pool is built from, every default applied. */
export interface BlockPoolPlan extends BlockPoolOptions {
	readonly jobs: number;
	readonly slots: number;
}

/** Workers and slots that fit into `memory` bytes: at least one block is always in work. */
export function poolSize(
	blockSize: number,
	jobs: number,
	memory: number = Number.POSITIVE_INFINITY,
): { jobs: number; slots: number } {
	if (!Number.isSafeInteger(jobs) || jobs < 0) {
		throw new RangeError(`block pool: jobs: expected an integer from 0 on, got ${jobs}`);
	}
	if (jobs === 0) return { jobs, slots: 1 };
	const affordable = Math.floor(memory / (workerMemory(blockSize) + 2 * blockSize));
	const workers = Math.max(1, Math.min(jobs, affordable));
	const room = Math.floor((memory - workers * workerMemory(blockSize)) / blockSize);
	return { jobs: workers, slots: Math.max(workers + 1, Math.min(SLOTS_PER_JOB * workers, room)) };
}

/** Bytes of one worker, estimated: the thread itself, and the encoder's tables, which grow with the block. */
function workerMemory(blockSize: number): number {
	return (24 << 20) + 14 * blockSize;
}
