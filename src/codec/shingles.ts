import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/shingles.ts`. */
interface ShingleFunctions {
	inputAddress(): number;
	outputAddress(): number;
	sample(length: number, limit: number): number;
	repetition(length: number): number;
}

const MAXIMUM = 1 << 20;
const HEAD_SIZE = 12;
/** Most hashes of the sample of a short piece: the table of `assembly/shingles.ts` has at least 64 places. */
const LEAST_HASHES = 32;
/** Bytes of which each hash is made. */
const HASHED_BYTES = 8;
/** Compressed data repeats bytes as often as chance does. Up to this limit, data counts as compressed. */
const COMPRESSED_REPETITION = 1.25 * 256;
/** Bytes of a piece that are examined to find out whether it is compressed. Less than the minimum proves nothing. */
const REPETITION_BYTES = 1 << 14;
const REPETITION_LEAST = 128;

/** Samples pieces of data, to compare them and to recognize compressed ones. */
export class ShingleSampler {
	readonly #wasm = WasmInstance.open<ShingleFunctions>("shingles");

	/** Returns the memory for the next piece: `length` bytes, at most 1 MiB. */
	input(length: number): Uint8Array {
		if (length > MAXIMUM) throw new RangeError(`shingles: expected at most ${MAXIMUM} bytes, got ${length}`);
		const start = this.#wasm.functions.inputAddress();
		return this.#wasm.memory.subarray(start, start + length);
	}

	/** Returns the most bytes of a sample of a piece with this many bytes. */
	static sampleSize(length: number): number {
		const kept = Math.max(LEAST_HASHES, length >> 3);
		return HEAD_SIZE + 4 * Math.min(kept, Math.max(0, length - HASHED_BYTES + 1));
	}

	/**
	 * Writes a sample of the first `length` bytes of the input for grouping: the number of hashes, `length`, 1 if
	 * the bytes look compressed, and the hashes of `sample`; each as u32, little endian.
	 * @returns bytes that were written, at most `sampleSize`.
	 */
	writeSample(target: Uint8Array, length: number, limit: number): number {
		const { functions, memory } = this.#wasm;
		const count = functions.sample(length, limit);
		const head = Buffer.alloc(HEAD_SIZE);
		head.writeUInt32LE(count, 0);
		head.writeUInt32LE(length, 4);
		head.writeUInt32LE(this.isCompressed(length) ? 1 : 0, 8);
		target.set(head);
		const start = functions.outputAddress();
		target.set(memory.subarray(start, start + 4 * count), HEAD_SIZE);
		return HEAD_SIZE + 4 * count;
	}

	/**
	 * Returns distinct hashes (1..limit-1) of the 8-byte strings in the first `length` bytes of the input, in the
	 * order of their first occurrence. Random data has about limit/2^32 as many hashes as bytes; at most 32 or an
	 * eighth of the length are returned.
	 */
	sample(length: number, limit: number): Uint32Array {
		const { functions, memory } = this.#wasm;
		const count = functions.sample(length, limit);
		return new Uint32Array(memory.buffer, functions.outputAddress(), count).slice();
	}

	/** Returns whether the first `length` bytes of the input look compressed or encrypted. */
	isCompressed(length: number): boolean {
		const looked = Math.min(length, REPETITION_BYTES);
		return looked >= REPETITION_LEAST && this.#wasm.functions.repetition(looked) < COMPRESSED_REPETITION;
	}
}
