/** Bytes of every metadata block before compression, except the last one of a table. */
export const METADATA_BLOCK_SIZE = 8192;

/** Bit in the header of a metadata block that is stored raw. */
export const RAW_METADATA_BLOCK = 0x8000;

/** A place in a table of metadata blocks. */
export interface MetadataPosition {
	/** Stored position of the block, from the start of the table. */
	readonly block: number;
	/** Byte in the expanded block: 0..8191. */
	readonly offset: number;
}

/** Returns a metadata position as one number, as in inode references. */
export function encodeReference({ block, offset }: MetadataPosition): number {
	return block * 0x10000 + offset;
}

export function decodeReference(reference: number): MetadataPosition {
	return { block: Math.floor(reference / 0x10000), offset: reference % 0x10000 };
}

/** Returns the compressed form of a block, or undefined to store it raw. */
export type CompressMetadata = (block: Uint8Array) => Uint8Array | undefined;

/**
 * Cuts a stream of records into metadata blocks. A block is stored the moment it is full, so
 * the position after it is byte 0 of the next one, never byte 8192 of this one.
 */
export class MetadataWriter {
	readonly #compress: CompressMetadata;
	readonly #block: Buffer = Buffer.alloc(METADATA_BLOCK_SIZE);
	readonly #stored: Buffer[] = [];
	#filled = 0;
	#length = 0;

	constructor(compress: CompressMetadata) {
		this.#compress = compress;
	}

	/** Position of the next appended byte. */
	get position(): MetadataPosition {
		return { block: this.#length, offset: this.#filled };
	}

	append(bytes: Uint8Array): void {
		let done = 0;
		while (done < bytes.length) {
			const count = Math.min(bytes.length - done, METADATA_BLOCK_SIZE - this.#filled);
			this.#block.set(bytes.subarray(done, done + count), this.#filled);
			this.#filled += count;
			done += count;
			if (this.#filled === METADATA_BLOCK_SIZE) this.#flush();
		}
	}

	/** Stores the last block. @returns all stored blocks, in order. */
	finish(): readonly Uint8Array[] {
		if (this.#filled > 0) this.#flush();
		return this.#stored;
	}

	#flush(): void {
		const stored = encodeMetadataBlock(this.#block.subarray(0, this.#filled), this.#compress);
		this.#stored.push(stored);
		this.#length += stored.length;
		this.#filled = 0;
	}
}

/** Returns a metadata block as stored: its header and its payload. */
export function encodeMetadataBlock(block: Uint8Array, compress: CompressMetadata): Buffer {
	const compressed = compress(block);
	const payload = compressed ?? block;
	const stored = Buffer.allocUnsafe(2 + payload.length);
	stored.writeUInt16LE(compressed ? payload.length : payload.length | RAW_METADATA_BLOCK, 0);
	stored.set(payload, 2);
	return stored;
}
