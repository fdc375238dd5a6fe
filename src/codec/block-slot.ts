import type { CompressorOptions } from "./compressor.js";

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

/** What a pool is built from, every default applied. */
export interface BlockPoolPlan extends BlockPoolOptions {
	readonly jobs: number;
	readonly slots: number;
}
