const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Cuts an iterable of chunks of any size into the pieces a parser asks for. What lies in the
 * current chunk is handed out as a view, without a copy and without a promise.
 */
export class ChunkReader {
	readonly #chunks: AsyncIterator<Uint8Array>;
	#chunk: Uint8Array = NOTHING;
	#start = 0;
	#position = 0;
	#ended = false;

	constructor(chunks: AsyncIterable<Uint8Array>) {
		this.#chunks = chunks[Symbol.asyncIterator]();
	}

	/** Bytes handed out or skipped so far. */
	get position(): number {
		return this.#position;
	}

	/** Returns the next 1 to `maximum` bytes of the current chunk; undefined if it is used up: call `fill`. */
	available(maximum: number): Uint8Array | undefined {
		const end = Math.min(this.#start + maximum, this.#chunk.length);
		if (end === this.#start) return undefined;
		const piece = this.#chunk.subarray(this.#start, end);
		this.#position += end - this.#start;
		this.#start = end;
		return piece;
	}

	/** Gets the next chunk once the current one is used up; false at the end of the stream. */
	async fill(): Promise<boolean> {
		while (this.#start === this.#chunk.length && !this.#ended) {
			const { done, value } = await this.#chunks.next();
			this.#ended = done === true;
			this.#chunk = this.#ended ? NOTHING : value;
			this.#start = 0;
		}
		return !this.#ended;
	}

	/** Returns exactly `length` bytes if the current chunk has them; otherwise undefined: call `take`. */
	takeHere(length: number): Uint8Array | undefined {
		return this.#chunk.length - this.#start >= length ? (this.available(length) ?? NOTHING) : undefined;
	}

	/** The next `length` bytes, fewer at the end of the stream. */
	async take(length: number): Promise<Uint8Array> {
		const here = this.takeHere(length);
		if (here !== undefined) return here;
		const bytes = new Uint8Array(length);
		let filled = 0;
		while (filled < length && (await this.fill())) {
			const piece = this.available(length - filled)!;
			bytes.set(piece, filled);
			filled += piece.length;
		}
		return bytes.subarray(0, filled);
	}

	/** Skips `length` bytes, and returns how many there were. */
	async skip(length: number): Promise<number> {
		let left = length;
		while (left > 0 && (await this.fill())) left -= this.available(left)!.length;
		return length - left;
	}

	/** Reads to the end of the stream, so that the checks at its end run. */
	async drain(): Promise<void> {
		while (await this.fill()) this.available(Number.MAX_SAFE_INTEGER);
	}

	/** Lets the source free what it holds. */
	async close(): Promise<void> {
		if (!this.#ended) await this.#chunks.return?.();
	}
}
