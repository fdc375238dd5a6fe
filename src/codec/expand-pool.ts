import { contentPieces, type Stretch } from "../ground/bytes/index.js";
import { expandedSize, JobKind } from "./block-job.js";
import { poolSize } from "./block-pool.js";
import type { CompressorName } from "./compressor.js";
import { createDecompressor } from "./create.js";
import { CodecError } from "./errors.js";
import { processorCount } from "./processor-count.js";
import { readStretches } from "./stretch.js";
import { runBatches } from "./worker-batches.js";
import { WorkerSlots, type WorkSlot } from "./worker-slots.js";

/** A free place for one stored block. */
export interface ExpandSlot {
	/** blockSize bytes for a stored block, which may be shorter; backed by a SharedArrayBuffer. */
	readonly input: Uint8Array;
	/**
	 * Expands the first `length` bytes of `input` to at most blockSize bytes, and passes them to `take`. They are
	 * valid only during the call, because the slot is reused.
	 * @throws CodecError ERR_CODEC_WORKER also if the block is damaged; what `take` throws.
	 */
	expand<T>(length: number, take: (bytes: Uint8Array) => T): Promise<T>;
	/** Returns the slot unused. */
	release(): void;
}

/** Expands independent blocks, some at a time. */
export interface ExpandPool {
	/**
	 * Starts all workers, for a caller that will have blocks for them when it has done other work. They do not keep the
	 * process alive.
	 */
	start(): void;
	/** Resolves when a slot is free, in the order of the calls. This limits how far callers run ahead. */
	reserve(): Promise<ExpandSlot>;
	/**
	 * Expands stored blocks of at most blockSize bytes to learn their sizes, several in one job. The workers read
	 * them if they can.
	 * @returns the expanded size of each, in bytes: at most blockSize, and 0 for a damaged block.
	 * @throws CodecError ERR_CODEC_WORKER; what reading contents throws.
	 */
	measure(stored: readonly Stretch[]): Promise<readonly number[]>;
	/** Ends the workers; open promises are rejected with ERR_CODEC_CLOSED. */
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

/** Opens a pool of expanding worker threads, which start when blocks wait for them. */
export function createExpandPool({ compressor, blockSize, jobs, signal }: ExpandPoolOptions): ExpandPool {
	const size = poolSize(blockSize, Math.max(1, jobs ?? processorCount()));
	const work = { expand: compressor };
	const most = Math.max(1, Math.floor(MEASURED_BYTES / blockSize));
	const workers = new WorkerSlots({
		...size,
		work,
		blockSize,
		signal,
		subject: `${compressor}: expand block`,
	});
	return {
		start: () => workers.start(),
		async measure(stored) {
			if (!stored.every(isReadableElsewhere)) {
				return Promise.all(stored.map(async (stretch) => measureCopy(await workers.reserve(), stretch)));
			}
			const job = { kind: JobKind.MEASURE, argument: 0, most, resultSize: () => SIZE_BYTES };
			const here = (stretch: Stretch): Buffer => measureHere(compressor, blockSize, stretch);
			const sizes = Buffer.concat(await runBatches(workers, stored, { ...job, here }));
			return stored.map((_, i) => sizes.readUInt32LE(SIZE_BYTES * i));
		},
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

/** Most bytes that the blocks of one `MEASURE` expand to, so that no worker still works when all others are done. */
const MEASURED_BYTES = 1 << 20;
/** Bytes of each size in the results of `MEASURE`. */
const SIZE_BYTES = 4;

function isReadableElsewhere({ content, position, size }: Stretch): boolean {
	return contentPieces(content, position, size) !== undefined;
}

/** Lets a worker expand a stored block that this thread reads. @returns the size, 0 for a damaged block. */
async function measureCopy(slot: WorkSlot, { content, position, size }: Stretch): Promise<number> {
	try {
		content.read(slot.input.subarray(0, size), position);
	} catch (cause) {
		slot.release();
		throw cause;
	}
	try {
		return await slot.runInPlace({ kind: JobKind.BYTES, length: size, argument: 0 }, (made) => made.size);
	} catch (cause) {
		if (cause instanceof CodecError && cause.code === "ERR_CODEC_WORKER") return 0;
		throw cause;
	}
}

/** Expands in this thread what workers could not read. */
function measureHere(compressor: CompressorName, blockSize: number, stretch: Stretch): Buffer {
	const stored = new Uint8Array(stretch.size);
	readStretches([stretch], stored);
	const size = Buffer.alloc(SIZE_BYTES);
	size.writeUInt32LE(expandedSize(createDecompressor(compressor, blockSize), stored, blockSize));
	return size;
}
