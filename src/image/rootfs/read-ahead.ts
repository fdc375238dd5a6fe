/** Bytes that wait at most, by default. */
const CAPACITY = 8 << 20;

/**
 * Begins to read an iterable before anybody asks for it, and keeps a few MiB ready. For work
 * that goes on in other threads or over the network while this one does something else.
 */
export class ReadAhead implements AsyncIterable<Uint8Array> {
	readonly #source: AsyncIterable<Uint8Array>;
	readonly #capacity: number;
	readonly #ready: Uint8Array[] = [];
	#waiting = 0;
	#ended = false;
	#error: { readonly cause: unknown } | undefined;
	/** Wakes those that wait: the reader for a chunk, the source for room. */
	#wake: (() => void) | undefined;
	readonly #pump: Promise<void>;

	/** @param capacity bytes from which on the source waits. */
	constructor(source: AsyncIterable<Uint8Array>, capacity: number = CAPACITY) {
		this.#source = source;
		this.#capacity = capacity;
		this.#pump = this.#run();
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
		try {
			for (;;) {
				const chunk = this.#ready.shift();
				if (chunk !== undefined) {
					this.#waiting -= chunk.length;
					this.#signal();
					yield chunk;
				} else if (this.#ended) break;
				else await this.#signalled();
			}
			if (this.#error !== undefined) throw this.#error.cause;
		} finally {
			await this.close();
		}
	}

	/** Stops reading and lets the source free what it holds. */
	async close(): Promise<void> {
		this.#ended = true;
		this.#signal();
		await this.#pump;
	}

	async #run(): Promise<void> {
		try {
			for await (const chunk of this.#source) {
				if (this.#ended) break;
				this.#ready.push(chunk);
				this.#waiting += chunk.length;
				this.#signal();
				while (this.#waiting >= this.#capacity && !this.#ended) await this.#signalled();
				if (this.#ended) break;
			}
		} catch (cause) {
			this.#error = { cause };
		}
		this.#ended = true;
		this.#signal();
	}

	#signal(): void {
		this.#wake?.();
		this.#wake = undefined;
	}

	/** Only one side waits at a time: the reader for the first chunk, the source for room. */
	#signalled(): Promise<void> {
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}
}
