import type { Stretch } from "../../ground/bytes/index.js";

/** The last bytes of a file (of a small one: all), below the block size, which share a block with other tails. */
export type Tail = Stretch;

/** All samples together stay below so many hashes: with more tail bytes they get thinner. */
const MOST_HASHES = 1 << 22;
/** Words before the hashes of a sample: how many they are, bytes of the tail, 1 where it was compressed before. */
const HEAD_WORDS = 3;

/**
 * Hashes below this are kept: two samples can be compared when they have it in common.
 * @param tails all that will be compared.
 * @param oneIn of so many strings one is kept, unless they are too many: a power of two, 32 at least.
 */
export function samplingLimit(tails: readonly Pick<Tail, "size">[], oneIn: number): number {
	const bytes = tails.reduce((sum, { size }) => sum + size, 0);
	return (2 ** 32 / oneIn) >>> Math.max(0, Math.ceil(Math.log2(bytes / oneIn / MOST_HASHES)));
}

/** Cuts samples as they come from a pool, many in one buffer, into one buffer each; none is copied. */
export function* splitSamples(buffers: Iterable<Uint8Array>): Generator<Uint8Array> {
	for (const buffer of buffers) {
		const words = bufferOf(buffer);
		for (let at = 0, end = 0; at < buffer.length; at = end) {
			end = at + 4 * (HEAD_WORDS + words.readUInt32LE(at));
			yield buffer.subarray(at, end);
		}
	}
}

/** Samples of tails, in one piece of memory, as hundreds of thousands of objects would take longer than their hashes. */
export class TailSamples {
	/** All samples, one after the other. */
	readonly bytes: Buffer;
	/** Where each begins. */
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

	/** Whether it was compressed before, so that no block is better for having it. */
	isCompressed(tail: number): boolean {
		return this.bytes.readUInt32LE(this.starts[tail]! + 8) === 1;
	}

	/** Hashes of some of its 8-byte strings: what two tails share says how alike they are. */
	hashCount(tail: number): number {
		return this.bytes.readUInt32LE(this.starts[tail]!);
	}

	hash(tail: number, index: number): number {
		return this.bytes.readUInt32LE(this.starts[tail]! + 4 * (HEAD_WORDS + index));
	}

	/** Where the sample ends. */
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
