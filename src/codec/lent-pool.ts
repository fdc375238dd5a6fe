import type { BlockPool, BlockSlot } from "./block-slot.js";
import { CodecError } from "./errors.js";

/**
 * Lends a pool that outlives its borrower. Closing the loan, or its signal, stops new work of the borrower, and
 * leaves the workers to others. Blocks in work are finished, and each slot returns to the pool as usual.
 */
export function lendBlockPool(pool: BlockPool, signal?: AbortSignal): BlockPool {
	const { compressor, blockSize, jobs, slots } = pool;
	let closed = false;
	const checkOpen = (): void => {
		signal?.throwIfAborted();
		if (!closed) return;
		throw new CodecError("ERR_CODEC_CLOSED", `${compressor.name}: compress block: pool is closed`);
	};
	const reserve = async (): Promise<BlockSlot> => {
		checkOpen();
		const slot = await pool.reserve();
		try {
			checkOpen();
		} catch (error) {
			// The caller no longer waits for it.
			slot.release();
			throw error;
		}
		return slot;
	};
	const digest: BlockPool["digest"] = async (contents) => {
		checkOpen();
		return pool.digest(contents);
	};
	const sample: BlockPool["sample"] = async (stretches, limit) => {
		checkOpen();
		return pool.sample(stretches, limit);
	};
	const close = async (): Promise<void> => {
		closed = true;
	};
	return { compressor, blockSize, jobs, slots, reserve, digest, sample, close };
}
