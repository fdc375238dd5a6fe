import { crc32 } from "node:zlib";
import type { DeflateFunctions } from "./deflate.js";
import { WasmInstance } from "./wasm-instance.js";

/** Bytes that deflate gets at a time. A fixed size makes the output independent of the caller's chunks. */
const CHUNK = 256 * 1024;
/** Most bytes of a stored block (RFC 1951, section 3.2.4). */
const STORED = 0xffff;

/**
 * Writes one gzip member (RFC 1952) of deflated and stored stretches, so that data that is already compressed
 * costs only a checksum. The bytes depend on the level and on the two kinds of content, not on their chunks or on
 * the version of Node.
 */
export class GzipEncoder {
	readonly #deflate: WasmInstance<DeflateFunctions> = WasmInstance.open<DeflateFunctions>("deflate");
	readonly #input: number = this.#deflate.functions.inputAddress();
	readonly #level: number;
	readonly #pending: Uint8Array = new Uint8Array(CHUNK);
	#pendingLength = 0;
	#mode: "deflate" | "store" = "store";
	#crc = 0;
	#size = 0;

	/** @param level from 1 (fast) to 9 (small). */
	constructor(level = 9) {
		if (!Number.isInteger(level) || level < 1 || level > 9) {
			throw new RangeError(`gzip level: expected 1..9, got ${level}`);
		}
		this.#level = level;
	}

	/** Returns the ten bytes of the header: no name, no time, unknown system. */
	header(): Uint8Array {
		return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
	}

	/** Deflates bytes. @returns the output so far, which may be empty. */
	deflate(bytes: Uint8Array): Uint8Array {
		const ready = [this.#enter("deflate")];
		for (const piece of this.#pieces(bytes, CHUNK)) ready.push(this.#deflateChunk(piece, false));
		return concatenate(ready);
	}

	/** Stores bytes without compressing them. @returns the output so far, which may be empty. */
	store(bytes: Uint8Array): Uint8Array {
		const ready = [this.#enter("store")];
		for (const piece of this.#pieces(bytes, STORED)) ready.push(storedHeader(piece.length), piece);
		return concatenate(ready);
	}

	/** Ends the member. @returns the pending output, an empty last block, CRC-32 and size modulo 2^32. */
	finish(): Uint8Array {
		const tail = new Uint8Array(10);
		const view = new DataView(tail.buffer);
		view.setUint16(0, 3, true);
		view.setUint32(2, this.#crc, true);
		view.setUint32(6, this.#size, true);
		return concatenate([this.#flush(), tail]);
	}

	#enter(mode: "deflate" | "store"): Uint8Array {
		if (this.#mode === mode) return EMPTY;
		const pending = this.#flush();
		this.#mode = mode;
		if (mode === "deflate") this.#deflate.functions.beginRaw(this.#level);
		return pending;
	}

	/** Ends the current stretch at a byte boundary. */
	#flush(): Uint8Array {
		const piece = this.#pending.slice(0, this.#pendingLength);
		this.#pendingLength = 0;
		if (this.#mode === "deflate") return this.#deflateChunk(piece, true);
		return piece.length === 0 ? EMPTY : concatenate([storedHeader(piece.length), piece]);
	}

	#deflateChunk(piece: Uint8Array, flush: boolean): Uint8Array {
		const { functions, memory } = this.#deflate;
		memory.set(piece, this.#input);
		const output = functions.outputAddress();
		return memory.slice(output, output + functions.continueRaw(piece.length, flush));
	}

	/** Counts the bytes and cuts them into pieces of `size`. A shorter rest is kept for later. */
	*#pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
		this.#check(bytes);
		let at = 0;
		while (this.#pendingLength + bytes.length - at >= size) {
			const rest = bytes.subarray(at, at + size - this.#pendingLength);
			yield this.#pendingLength === 0
				? rest
				: concatenate([this.#pending.subarray(0, this.#pendingLength), rest]);
			this.#pendingLength = 0;
			at += rest.length;
		}
		this.#pending.set(bytes.subarray(at), this.#pendingLength);
		this.#pendingLength += bytes.length - at;
	}

	#check(bytes: Uint8Array): void {
		this.#crc = crc32(bytes, this.#crc);
		this.#size = (this.#size + bytes.length) % 2 ** 32;
	}
}

const EMPTY: Uint8Array = new Uint8Array(0);

/** Returns the header of a stored block that begins at a byte boundary. */
function storedHeader(length: number): Uint8Array {
	const inverse = length ^ 0xffff;
	return Uint8Array.of(0, length & 255, length >> 8, inverse & 255, inverse >> 8);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
