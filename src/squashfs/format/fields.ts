/** Little-endian fields one after the other: how every structure of the format is written. */
export class Fields {
	#buffer: Buffer;
	#length = 0;

	constructor(capacity: number = 64) {
		this.#buffer = Buffer.allocUnsafe(capacity);
	}

	get length(): number {
		return this.#length;
	}

	u16(value: number): this {
		this.#length = this.#room(2).writeUInt16LE(value, this.#length);
		return this;
	}

	i16(value: number): this {
		this.#length = this.#room(2).writeInt16LE(value, this.#length);
		return this;
	}

	u32(value: number): this {
		this.#length = this.#room(4).writeUInt32LE(value, this.#length);
		return this;
	}

	/** A whole number up to 2^53. */
	u64(value: number): this {
		return this.u32(value % 0x100000000).u32(Math.floor(value / 0x100000000));
	}

	words(values: readonly number[]): this {
		for (const value of values) this.u32(value);
		return this;
	}

	append(bytes: Uint8Array): this {
		this.#room(bytes.length).set(bytes, this.#length);
		this.#length += bytes.length;
		return this;
	}

	/** Returns the fields written so far; valid until the next write. */
	bytes(): Buffer {
		return this.#buffer.subarray(0, this.#length);
	}

	#room(count: number): Buffer {
		if (this.#length + count > this.#buffer.length) {
			const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + count));
			grown.set(this.#buffer.subarray(0, this.#length));
			this.#buffer = grown;
		}
		return this.#buffer;
	}
}
