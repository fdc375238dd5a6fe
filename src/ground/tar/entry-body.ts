import type { ChunkReader } from "./chunk-reader.js";
import { TarFault } from "./errors.js";
import { BLOCK_SIZE } from "./header.js";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The data of one entry, and the bytes after it up to the next header. */
export class EntryBody implements AsyncIterableIterator<Uint8Array> {
	readonly #source: ChunkReader;
	readonly #located: (fault: TarFault) => Error;
	/** Bytes after the body that belong to the entry, and the padding after those. */
	readonly #surplus: number;
	readonly #padding: number;
	#left: number;

	/**
	 * @param stored bytes in the archive; the first `used` of them are the body.
	 * @param located turns a fault in the body into an error with entry and offset.
	 */
	constructor(source: ChunkReader, stored: number, used: number, located: (fault: TarFault) => Error) {
		this.#source = source;
		this.#left = used;
		this.#surplus = stored - used;
		this.#padding = (BLOCK_SIZE - (stored % BLOCK_SIZE)) % BLOCK_SIZE;
		this.#located = located;
	}

	async next(): Promise<IteratorResult<Uint8Array, undefined>> {
		if (this.#left === 0) return DONE;
		let value = this.#source.available(this.#left);
		if (value === undefined) {
			await this.#source.fill();
			value = this.#source.available(this.#left);
		}
		if (value === undefined) throw this.#located(truncated(this.#left));
		this.#left -= value.length;
		return { done: false, value };
	}

	/**
	 * Skips what was not read, and the padding. Returns the bytes of padding that a stream lacks that ends with
	 * the last byte of its last file.
	 * @throws TarFault ERR_TAR_TRUNCATED when data is missing.
	 */
	async finish(): Promise<number> {
		const data = this.#left + this.#surplus;
		const rest = data + this.#padding;
		this.#left = 0;
		if (rest === 0 || this.#source.takeHere(rest) !== undefined) return 0;
		const skipped = await this.#source.skip(rest);
		if (skipped < data) throw truncated(rest - skipped);
		return rest - skipped;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}
}

/** The body of entries without data. */
export const NO_BODY: AsyncIterable<Uint8Array> = {
	[Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(DONE) }),
};

function truncated(missing: number): TarFault {
	return new TarFault("ERR_TAR_TRUNCATED", `stream ends, expected ${missing} more bytes`);
}
