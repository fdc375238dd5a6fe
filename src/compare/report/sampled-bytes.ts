import { hash } from "node:crypto";
import type { Content } from "../../ground/bytes/index.js";

/** A stretch of a content. */
export interface Stretch {
	readonly content: Content;
	readonly position: number;
	readonly length: number;
}

/**
 * Finds stretches by their bytes. Most bytes that are looked up are unknown, and a sample shows that already.
 * Only if samples are equal are bytes hashed, and each stretch at most once.
 */
export class SampledBytes {
	/** By sample: the only stretch with this sample, or all such stretches by their SHA-256. */
	readonly #stretches: Map<number, Stretch | Map<string, Stretch>> = new Map();

	/**
	 * Keeps a stretch, unless one with equal bytes is known.
	 * @param sample `sampleOf` its bytes.
	 * @param bytes if they are in memory already.
	 */
	add(sample: number, stretch: Stretch, bytes?: Uint8Array): void {
		const known = this.#stretches.get(sample);
		if (known === undefined) {
			this.#stretches.set(sample, stretch);
			return;
		}
		const digests = this.#digests(sample, known);
		const digest = digestOf(bytes ?? readStretch(stretch));
		if (!digests.has(digest)) digests.set(digest, stretch);
	}

	/** Returns the first added stretch with these bytes. */
	find(bytes: Uint8Array): Stretch | undefined {
		const sample = sampleOf(bytes);
		const known = this.#stretches.get(sample);
		return known && this.#digests(sample, known).get(digestOf(bytes));
	}

	#digests(sample: number, known: Stretch | Map<string, Stretch>): Map<string, Stretch> {
		if (known instanceof Map) return known;
		const digests = new Map([[digestOf(readStretch(known)), known]]);
		this.#stretches.set(sample, digests);
		return digests;
	}
}

function readStretch({ content, position, length }: Stretch): Uint8Array {
	const bytes = Buffer.allocUnsafe(length);
	content.read(bytes, position);
	return bytes;
}

function digestOf(bytes: Uint8Array): string {
	return hash("sha256", bytes, "base64");
}

/** Returns a number of 53 bits from the length, and from bytes at the quarters. */
export function sampleOf(bytes: Uint8Array): number {
	const { length } = bytes;
	if (length < 16) return length;
	const quarter = length >> 2;
	const low = wordAt(bytes, quarter) ^ Math.imul(wordAt(bytes, length - 4), 0x9e3779b1) ^ length;
	const high = wordAt(bytes, 2 * quarter) ^ Math.imul(wordAt(bytes, 0), 0x85ebca6b);
	return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

function wordAt(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
