import { createHash, hash } from "node:crypto";

const ZEROS: Uint8Array = new Uint8Array(1 << 16);

/** Where a stretch of data lies in a sparse file, in bytes. */
export interface SpoolExtent {
	readonly offset: number;
	readonly length: number;
}

/** SHA-256 of a file given as its extents' bytes, with the holes between them. */
export class ExtentDigest {
	readonly #size: number;
	readonly #extents: readonly SpoolExtent[];
	#hash: ReturnType<typeof createHash> | undefined;
	#whole: string | undefined;
	/** Bytes of the file that are hashed, index of the extent being filled. */
	#position = 0;
	#index = 0;

	constructor(size: number, extents: readonly SpoolExtent[]) {
		this.#size = size;
		this.#extents = extents.filter(({ length }) => length > 0);
	}

	update(chunk: Uint8Array): void {
		if (chunk.length === this.#size && this.#position === 0) {
			this.#whole = hash("sha256", chunk, "hex");
			this.#position = this.#size;
			this.#index = this.#extents.length;
			return;
		}
		for (let done = 0; done < chunk.length; ) {
			const extent = this.#extents[this.#index];
			if (extent === undefined) throw new RangeError("spool: append: body is longer than its size");
			this.#zerosUpTo(extent.offset);
			const end = extent.offset + extent.length;
			const piece = chunk.subarray(done, done + end - this.#position);
			this.#sha256().update(piece);
			this.#position += piece.length;
			done += piece.length;
			if (this.#position === end) this.#index++;
		}
	}

	finish(): string {
		if (this.#index < this.#extents.length)
			throw new RangeError("spool: append: body is shorter than its size");
		if (this.#whole !== undefined) return this.#whole;
		this.#zerosUpTo(this.#size);
		return this.#sha256().digest("hex");
	}

	#zerosUpTo(end: number): void {
		for (; this.#position < end; this.#position += Math.min(ZEROS.length, end - this.#position)) {
			this.#sha256().update(ZEROS.subarray(0, end - this.#position));
		}
	}

	#sha256(): ReturnType<typeof createHash> {
		this.#hash ??= createHash("sha256");
		return this.#hash;
	}
}
