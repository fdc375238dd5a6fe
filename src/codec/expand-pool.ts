import { JobKind } from "./block-job.js";
import { poolSize } from "./block-pool.js";
import type { CompressorName } from "./compressor.js";
import { processorCount } from "./processor-count.js";
import { WorkerSlots } from "./worker-slots.js";

/** A free place for one stored block. */
export interface ExpandSlot {
	/** blockSize bytes to fill, of which a stored block takes a part; backed by a SharedArrayBuffer. */
	readonly input: Uint8Array;
	/**
	 * Expands the first `length` bytes of `input` to at most blockSize bytes, and hands them to `take`;
	 * they are valid during the call alone, as the slot is used again.
	 * @throws CodecError ERR_CODEC_WORKER also where the block is damaged; what `take` throws.
	 */
	expand<T>(length: number, take: (bytes: Uint8Array) => T): Promise<T>;
	/** Gives the slot back unused. */
	release(): void;
}

/** Expands independent blocks, some at a time. */
export interface ExpandPool {
	/** Resolves when a slot is free, in the order of the calls: this is the back-pressure. */
	reserve(): Promise<ExpandSlot>;
	/** Ends the workers; promises still open are rejected with ERR_CODEC_CLOSED. */
	close(): Promise<void>;
}

export interface ExpandPoolOptions {
	readonly compressor: CompressorName;
	/** Bytes, 4 KiB..1 MiB. */
	readonly blockSize: number;
	/** Worker threads, 1 at least. Default: `processorCount()`. */
	readonly jobs?: number | undefined;
	/** Ends the pool; open promises are rejected with its reason. */
	readonly signal?: AbortSignal | undefined;
}

/** Opens a pool of worker threads that expand; they start when blocks wait for them. */
export function createExpandPool({ compressor, blockSize, jobs, signal }: ExpandPoolOptions): ExpandPool {
	const size = poolSize(blockSize, Math.max(1, jobs ?? processorCount()));
	const work = { expand: compressor };
	const workers = new WorkerSlots({
		...size,
		work,
		blockSize,
		signal,
		subject: `${compressor}: expand block`,
	});
	return {
		async reserve() {
			const { input, runInPlace, release } = await workers.reserve();
			return {
				input,
				release,
				expand: (length, take) =>
					runInPlace({ kind: JobKind.BYTES, length, argument: 0 }, ({ bytes }) => take(bytes)),
			};
		},
		close: () => workers.close(),
	};
}
