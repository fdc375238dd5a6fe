import type { Content } from "../../ground/bytes/index.js";

const PAGE = 1 << 14;
const PAGES = 64;

/** Reads single bytes of a content, in pages of 16 KiB. It keeps the last pages. */
export class PagedContent {
	readonly size: number;
	readonly #content: Content;
	readonly #pages: (Uint8Array | undefined)[] = new Array(PAGES).fill(undefined);
	readonly #numbers: number[] = new Array(PAGES).fill(-1);
	#current: Uint8Array = new Uint8Array(0);
	#start = 0;

	constructor(content: Content) {
		this.#content = content;
		this.size = content.size;
	}

	byte(position: number): number {
		const offset = position - this.#start;
		if (offset >= 0 && offset < this.#current.length) return this.#current[offset]!;
		this.#load(Math.floor(position / PAGE));
		return this.#current[position - this.#start]!;
	}

	/** Returns the bytes from a position to the end of its page. */
	span(position: number): Uint8Array {
		const offset = position - this.#start;
		if (offset < 0 || offset >= this.#current.length) {
			this.#load(Math.floor(position / PAGE));
			return this.#current.subarray(position - this.#start);
		}
		return this.#current.subarray(offset);
	}

	#load(number: number): void {
		const slot = number % PAGES;
		const size = Math.min(PAGE, this.size - number * PAGE);
		// Buffers are reused: a new one for each page would fill the memory until garbage collection.
		this.#pages[slot] ??= new Uint8Array(Math.min(PAGE, this.size));
		if (this.#numbers[slot] !== number) {
			this.#content.read(this.#pages[slot].subarray(0, size), number * PAGE);
			this.#numbers[slot] = number;
		}
		this.#current = this.#pages[slot].subarray(0, size);
		this.#start = number * PAGE;
	}
}
