import type { Stretch } from "../../codec/index.js";

/** The last bytes of a file (of a small one: all), below the block size, which share a block with other tails. */
export type Tail = Stretch;

/** What grouping knows of a tail. */
export interface TailSample {
	/** Bytes. */
	readonly size: number;
	/** Hashes of some of its 8-byte strings, below 2^27: what two tails share tells how alike they are. */
	readonly shingles: Uint32Array;
	/** It was compressed before, so that no block is better for having it. */
	readonly compressed: boolean;
}

/** Hashes below this: one string in 32. */
const HASH_LIMIT = 1 << 27;
/** With more tail bytes than this the sample gets thinner, so that all samples together stay below 4 Mi hashes. */
const FULL_RATE_BYTES = 128 << 20;
/** Words before the hashes of a sample: how many they are, bytes of the tail, 1 where it was compressed before. */
const HEAD_WORDS = 3;

/**
 * Hashes below this are kept: two samples can be compared when they have it in common.
 * @param bytes size of all tails that will be compared.
 */
export function samplingLimit(bytes: number): number {
	return HASH_LIMIT >>> Math.max(0, Math.ceil(Math.log2(bytes / FULL_RATE_BYTES)));
}

/** Cuts samples as they come from a pool, many in one buffer, into one buffer each; none is copied. */
export function* splitSamples(buffers: Iterable<Uint8Array>): Generator<Uint8Array> {
	for (const buffer of buffers) {
		const view = viewOf(buffer);
		for (let at = 0, end = 0; at < buffer.length; at = end) {
			end = at + 4 * (HEAD_WORDS + view.getUint32(at, true));
			yield buffer.subarray(at, end);
		}
	}
}

/** What samples say. */
export function decodeSamples(buffers: readonly Uint8Array[]): readonly TailSample[] {
	// One array for all hashes: an array of its own costs each tail more than its hashes.
	const words = new Uint32Array(buffers.reduce((sum, { length }) => sum + length, 0) / 4);
	let filled = 0;
	return Array.from(splitSamples(buffers), (bytes) => {
		const view = viewOf(bytes);
		const begin = filled;
		for (let at = 4 * HEAD_WORDS; at < bytes.length; at += 4) words[filled++] = view.getUint32(at, true);
		const [size, compressed] = [view.getUint32(4, true), view.getUint32(8, true) === 1];
		return { size, compressed, shingles: words.subarray(begin, filled) };
	});
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}
