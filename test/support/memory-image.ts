import type { ImageFile } from "../../src/squashfs/index.js";

/** An image in memory that remembers how it was written. */
export class MemoryImage implements ImageFile {
	#bytes: Buffer = Buffer.alloc(0);
	/** Length of every write, in order. */
	readonly writes: number[] = [];

	write(bytes: Uint8Array, position: number): void {
		const end = position + bytes.length;
		if (end > this.#bytes.length) {
			this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(end - this.#bytes.length)]);
		}
		this.#bytes.set(bytes, position);
		this.writes.push(bytes.length);
	}

	get bytes(): Buffer {
		return this.#bytes;
	}
}
