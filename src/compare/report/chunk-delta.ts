import { hash } from "node:crypto";
import type { Content } from "../../ground/bytes/index.js";

/** Chunks as casync and desync cut them: 16 KiB on average, from 4 to 64 KiB. */
const MINIMUM = 4 << 10;
const MAXIMUM = 64 << 10;
/** 14 bits of the rolling hash that are zero once in 16 KiB; the upper ones depend on most bytes. */
const CUT_MASK = 0xfffc0000;
const READ_BYTES = 1 << 20;

/**
 * Returns how many bytes an updater would fetch that cuts files where their content says so:
 * the chunks of `new` that are not in `old`, each once, without compression.
 */
export function newChunkBytes(old: readonly Content[], news: readonly Content[]): number {
	const known = new Set<string>();
	for (const chunk of chunks(old)) known.add(hash("sha256", chunk, "base64"));
	let bytes = 0;
	for (const chunk of chunks(news)) {
		const name = hash("sha256", chunk, "base64");
		if (known.has(name)) continue;
		known.add(name);
		bytes += chunk.length;
	}
	return bytes;
}

/** Yields the chunks of contents; each is valid until the next one. */
function* chunks(contents: readonly Content[]): Generator<Uint8Array> {
	const buffer = Buffer.allocUnsafe(READ_BYTES);
	for (const content of contents) {
		let [position, rest] = [0, 0];
		while (position < content.size || rest > 0) {
			const filled = Math.min(READ_BYTES, rest + content.size - position);
			content.read(buffer.subarray(rest, filled), position);
			position += filled - rest;
			let at = 0;
			const isEnd = position === content.size;
			while (at < filled && (isEnd || filled - at >= MAXIMUM)) {
				const length = chunkLength(buffer.subarray(at, filled));
				yield buffer.subarray(at, at + length);
				at += length;
			}
			buffer.copyWithin(0, at, filled);
			rest = filled - at;
		}
	}
}

/** Returns where the first chunk of `bytes` ends (gear hash: each byte shifts in its own number). */
function chunkLength(bytes: Uint8Array): number {
	const end = Math.min(bytes.length, MAXIMUM);
	let state = 0;
	for (let i = MINIMUM - 32; i < end; i++) {
		state = ((state << 1) + GEAR[bytes[i] ?? 0]!) | 0;
		if (i >= MINIMUM && (state & CUT_MASK) === 0) return i + 1;
	}
	return end;
}

/** A number for every byte value; xorshift from a fixed seed. */
const GEAR: Int32Array = gearNumbers();

function gearNumbers(): Int32Array {
	const numbers = new Int32Array(256);
	let state = 0x2545f491;
	for (let i = 0; i < numbers.length; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		numbers[i] = state;
	}
	return numbers;
}
