import type { BlockPool, BlockPoolOptions } from "./block-slot.js";
import { InlineBlockPool } from "./inline-pool.js";
import { processorCount } from "./processor-count.js";
import { WorkerBlockPool } from "./worker-pool.js";

/** Slots for each worker, enough that a slow block does not hold up the others. */
const SLOTS_PER_JOB = 8;

/**
 * Opens a pool for any number of images of one compressor and block size. Workers start when blocks wait for
 * them. They do not keep the process alive while they have no work.
 */
export function createBlockPool(options: BlockPoolOptions): BlockPool {
	const { jobs, slots } = poolSize(options.blockSize, options.jobs ?? processorCount(), options.memory);
	const plan = { ...options, jobs, slots };
	return jobs === 0 ? new InlineBlockPool(plan) : new WorkerBlockPool(plan);
}

/** Returns the workers and slots that fit into `memory` bytes. There is always room for at least one block. */
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

/**
 * Returns the estimated bytes of one worker: the thread itself, and the encoder's tables, which grow with the
 * block.
 */
function workerMemory(blockSize: number): number {
	return (24 << 20) + 14 * blockSize;
}
