import type { ImageFile } from "../../src/squashfs/format/index.js";

/** An image in memory that remembers how it was written. */
export class MemoryImage implements ImageFile {
	#buffer: Buffer = Buffer.alloc(0);
	#length = 0;
	/** Length of every write, in order. */
	readonly writes: number[] = [];

	write(bytes: Uint8Array, position: number): void {
		const end = position + bytes.length;
		if (end > this.#buffer.length) {
			const grown = Buffer.alloc(Math.max(end, this.#buffer.length * 2));
			this.#buffer.copy(grown);
			this.#buffer = grown;
		}
		this.#buffer.set(bytes, position);
		this.#length = Math.max(this.#length, end);
		this.writes.push(bytes.length);
	}

	get bytes(): Buffer {
		return this.#buffer.subarray(0, this.#length);
	}
}
