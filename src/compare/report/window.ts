import type { Content } from "../../ground/bytes/index.js";

/** Bytes that are read at a time. */
const WINDOW_BYTES = 1 << 18;

/** Reads a content from start to end, through one buffer. */
export class Window {
	readonly #buffer: Buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
	#content: Content | undefined;
	#start = 0;
	#end = 0;

	/**
	 * Returns `length` bytes of a content from a position on, at most 256 KiB; they are valid until the next call.
	 * @throws RangeError after the end of the content.
	 */
	bytes(content: Content, position: number, length: number): Uint8Array {
		const isThere = this.#content === content && position >= this.#start && position + length <= this.#end;
		if (!isThere) this.#load(content, position, length);
		return this.#buffer.subarray(position - this.#start, position - this.#start + length);
	}

	#load(content: Content, position: number, length: number): void {
		const size = Math.max(length, Math.min(WINDOW_BYTES, content.size - position));
		content.read(this.#buffer.subarray(0, size), position);
		this.#content = content;
		this.#start = position;
		this.#end = position + size;
	}
}
