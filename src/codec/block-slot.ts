import type { Content, Stretch } from "../ground/bytes/index.js";
import type { CompressorOptions } from "./compressor.js";

/** A block as it is stored in the image. */
export interface CompressedBlock {
	/** Stored bytes, in memory of the receiver. A block of zeros that may be a hole has none. */
	readonly bytes: Uint8Array;
	/** Whether `bytes` is the block itself, because compressing did not make it shorter. */
	readonly raw: boolean;
}

/** The stored form of a block that is a hole. */
export const HOLE: CompressedBlock = { bytes: new Uint8Array(0), raw: false };

/** Copies bytes whose memory will be reused: to the beginning of `target`, or to new memory. */
export function copyBytes(bytes: Uint8Array, target: Uint8Array | undefined): Uint8Array {
	if (target === undefined) return bytes.slice();
	target.set(bytes);
	return target.subarray(0, bytes.length);
}

/** A free place for one block. */
export interface BlockSlot {
	/**
	 * Compresses a block of these stretches, one after the other, at most blockSize bytes. The worker reads
	 * stretches in files; all others are read before this returns. The slot is free again once the promise
	 * settles.
	 * @param mayBeHole whether a block of zeros alone is stored as a hole.
	 * @param target blockSize bytes at least, of which the stored block takes the first ones. Default: new memory.
	 */
	compress(
		stretches: readonly Stretch[],
		mayBeHole: boolean,
		target?: Uint8Array | undefined,
	): Promise<CompressedBlock>;
	/** Returns the slot unused. */
	release(): void;
}

/**
 * Compresses independent data blocks, some at a time, and does other work with the bytes of files in the same
 * threads. The bytes of a block depend only on the block and the options.
 */
export interface BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	/** Number of threads; 0 if the work is done in this one. */
	readonly jobs: number;
	/** Most blocks that can be in work at a time. */
	readonly slots: number;
	/** Resolves when a slot is free, in the order of the calls. This limits how far callers run ahead. */
	reserve(): Promise<BlockSlot>;
	/** Returns the lower-case hex SHA-256 of each content, in order. @throws what the contents throw. */
	digest(contents: readonly Content[]): Promise<readonly string[]>;
	/**
	 * Returns samples (in the form of `ShingleSampler.writeSample`) of stretches of at most blockSize bytes, in
	 * order. Several may be in one buffer.
	 * @param limit only hashes below it are kept.
	 * @throws what the contents throw.
	 */
	sample(stretches: readonly Stretch[], limit: number): Promise<readonly Uint8Array[]>;
	/** Ends the workers; open promises are rejected with ERR_CODEC_CLOSED. */
	close(): Promise<void>;
}

/** Options of a pool. */
export interface BlockPoolOptions {
	readonly compressor: CompressorOptions;
	/** Bytes, 4 KiB..1 MiB. */
	readonly blockSize: number;
	/** Worker threads; 0 compresses in this thread. Default: `processorCount()`. */
	readonly jobs?: number | undefined;
	/** Most bytes of slots and workers together. Fewer slots, and then fewer workers, keep to it. */
	readonly memory?: number | undefined;
	/** Ends the pool; open promises are rejected with its reason. */
	readonly signal?: AbortSignal | undefined;
	/** Module with a `createCompressor` of your own, loaded by every worker. */
	readonly compressorModule?: URL | undefined;
}

/** What a pool is built from, every default applied. */
export interface BlockPoolPlan extends BlockPoolOptions {
	readonly jobs: number;
	readonly slots: number;
}
