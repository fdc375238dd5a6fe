import type { Stretch } from "../../ground/bytes/index.js";

/** The last bytes of a file (or all of a small one), less than a block, which share a block with other tails. */
export type Tail = Stretch;

/** Most hashes of all samples together; with more tails, samples have fewer hashes. */
const MOST_HASHES = 1 << 22;
/** Words before the hashes of a sample: their number, bytes of the tail, 1 if it was already compressed. */
const HEAD_WORDS = 3;

/**
 * Returns the limit below which hashes are kept. Samples can be compared if they have the same limit.
 * @param tails all that will be compared.
 * @param oneIn one string in this many is kept, unless they are too many: a power of two, 32 at least.
 */
export function samplingLimit(tails: readonly Pick<Tail, "size">[], oneIn: number): number {
	const bytes = tails.reduce((sum, { size }) => sum + size, 0);
	return (2 ** 32 / oneIn) >>> Math.max(0, Math.ceil(Math.log2(bytes / oneIn / MOST_HASHES)));
}

/** Splits buffers of many samples, as they come from a pool, into one buffer each, without copying. */
export function* splitSamples(buffers: Iterable<Uint8Array>): Generator<Uint8Array> {
	for (const buffer of buffers) {
		const words = bufferOf(buffer);
		for (let at = 0, end = 0; at < buffer.length; at = end) {
			end = at + 4 * (HEAD_WORDS + words.readUInt32LE(at));
			yield buffer.subarray(at, end);
		}
	}
}

/** Samples of tails in one buffer, as hundreds of thousands of objects would take longer than their hashes. */
export class TailSamples {
	/** All samples, one after the other. */
	readonly bytes: Buffer;
	/** Start of each sample. */
	readonly starts: readonly number[];

	/** @param buffers samples as they come from a pool, many in one buffer. */
	constructor(buffers: readonly Uint8Array[]) {
		this.bytes = buffers.length === 1 ? bufferOf(buffers[0]!) : Buffer.concat(buffers);
		const starts: number[] = [];
		for (let at = 0; at < this.bytes.length; at = this.#endOf(at)) starts.push(at);
		this.starts = starts;
	}

	get count(): number {
		return this.starts.length;
	}

	/** Bytes of a tail. */
	size(tail: number): number {
		return this.bytes.readUInt32LE(this.starts[tail]! + 4);
	}

	/** Returns whether a tail was already compressed, so that no block gains from it. */
	isCompressed(tail: number): boolean {
		return this.bytes.readUInt32LE(this.starts[tail]! + 8) === 1;
	}

	/**
	 * Returns the number of hashes of a tail's 8-byte strings. The hashes that two tails share show how similar
	 * they are.
	 */
	hashCount(tail: number): number {
		return this.bytes.readUInt32LE(this.starts[tail]!);
	}

	hash(tail: number, index: number): number {
		return this.bytes.readUInt32LE(this.starts[tail]! + 4 * (HEAD_WORDS + index));
	}

	/** Returns the end of a sample. */
	end(tail: number): number {
		return this.#endOf(this.starts[tail]!);
	}

	#endOf(start: number): number {
		return start + 4 * (HEAD_WORDS + this.bytes.readUInt32LE(start));
	}
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
	return Buffer.from(buffer, byteOffset, byteLength);
}
