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
	readonly blockSize: number;
	/** Resolves when a slot is free: this is the back-pressure. */
	reserve(): Promise<BlockSlot>;
	/** Ends the workers; promises still open are rejected. */
	close(): Promise<void>;
}
