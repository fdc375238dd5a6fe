import type { Content, Stretch } from "../ground/bytes/index.js";
import type { CompressorOptions } from "./compressor.js";

/** A block as it is stored in the image. */
export interface CompressedBlock {
	/** Stored bytes, in memory of the receiver's. A block of zeros that may be a hole has none. */
	readonly bytes: Uint8Array;
	/** True: `bytes` is the block itself, because compressing did not make it shorter. */
	readonly raw: boolean;
}

/** What a block that is a hole is stored as. */
export const HOLE: CompressedBlock = { bytes: new Uint8Array(0), raw: false };

/** Copies what will be used again: to the first bytes of `target`, or to memory of its own. */
export function copyBytes(bytes: Uint8Array, target: Uint8Array | undefined): Uint8Array {
	if (target === undefined) return bytes.slice();
	target.set(bytes);
	return target.subarray(0, bytes.length);
}

/** A free place for one block. */
export interface BlockSlot {
	/**
	 * Compresses a block of these stretches, one after the other, blockSize bytes at most. The worker reads
	 * those that lie in files, all others are read before this returns. The slot is free again once this settles.
	 * @param mayBeHole whether a block of zeros alone is stored as a hole.
	 * @param target blockSize bytes, of which the stored block takes the first ones. Default: memory of its own.
	 */
	compress(
		stretches: readonly Stretch[],
		mayBeHole: boolean,
		target?: Uint8Array | undefined,
	): Promise<CompressedBlock>;
	/** Gives the slot back unused. */
	release(): void;
}

/**
 * Compresses independent data blocks, some at a time, and does other work with the bytes of files in the same
 * threads. Bytes of blocks depend on the block and the options alone.
 */
export interface BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	/** Threads; 0 where the work is done in this one. */
	readonly jobs: number;
	/** Blocks that may be in work at once. */
	readonly slots: number;
	/** Resolves when a slot is free, in the order of the calls: this is the back-pressure. */
	reserve(): Promise<BlockSlot>;
	/** Lower-case hex SHA-256 of each content, in their order. @throws what the contents throw. */
	digest(contents: readonly Content[]): Promise<readonly string[]>;
	/**
	 * Samples (as `ShingleSampler.writeSample` writes them) of stretches of at most blockSize bytes, in their
	 * order, some of them in one buffer.
	 * @param limit hashes below it are kept.
	 * @throws what the contents throw.
	 */
	sample(stretches: readonly Stretch[], limit: number): Promise<readonly Uint8Array[]>;
	/** Ends the workers; promises still open are rejected with ERR_CODEC_CLOSED. */
	close(): Promise<void>;
}

/** What a pool is for, and what it may take. */
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

/** What a pool is built from, every default applied. */
export interface BlockPoolPlan extends BlockPoolOptions {
	readonly jobs: number;
	readonly slots: number;
}
