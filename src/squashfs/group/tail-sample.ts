import type { Stretch } from "../../ground/bytes/index.js";

/** The last bytes of a file (of a small one: all), below the block size, which share a block with other tails. */
export type Tail = Stretch;

/** What grouping knows of a tail. */
export interface TailSample {
	/** Bytes. */
	readonly size: number;
	/** Hashes of some of its 8-byte strings, u32 little endian: what two tails share tells how alike they are. */
	readonly shingles: Buffer;
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
 * @param tails all that will be compared.
 */
export function samplingLimit(tails: readonly Pick<Tail, "size">[]): number {
	const bytes = tails.reduce((sum, { size }) => sum + size, 0);
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

/** What samples say; none is copied. */
export function decodeSamples(buffers: readonly Uint8Array[]): readonly TailSample[] {
	return Array.from(splitSamples(buffers), (bytes) => {
		const words = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const [size, compressed] = [words.readUInt32LE(4), words.readUInt32LE(8) === 1];
		return { size, compressed, shingles: words.subarray(4 * HEAD_WORDS) };
	});
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}
