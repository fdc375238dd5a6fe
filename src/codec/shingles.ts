import { WasmInstance } from "./wasm-instance.js";

/** What `assembly/shingles.ts` exports. */
interface ShingleFunctions {
	inputAddress(): number;
	outputAddress(): number;
	sample(length: number, limit: number): number;
	repetition(length: number): number;
}

const MAXIMUM = 1 << 20;
const HEAD_SIZE = 12;
/** Hashes that a sample may have, however short the piece is: the table of `assembly/shingles.ts` has 64 places. */
const LEAST_HASHES = 32;
/** Each hash is one of so many bytes. */
const HASHED_BYTES = 8;
/** Compressed data repeats its bytes as chance does; this much above still counts as such. */
const COMPRESSED_REPETITION = 1.25 * 256;
/** Of a piece, this much tells whether it is compressed; less than the least tells nothing. */
const REPETITION_BYTES = 1 << 14;
const REPETITION_LEAST = 128;

/** Samples pieces of data, to compare them and to tell compressed ones. */
export class ShingleSampler {
	readonly #wasm = WasmInstance.open<ShingleFunctions>("shingles");

	/** Where the piece goes before it is looked at: `length` bytes, at most 1 MiB. */
	input(length: number): Uint8Array {
		if (length > MAXIMUM) throw new RangeError(`shingles: expected at most ${MAXIMUM} bytes, got ${length}`);
		const start = this.#wasm.functions.inputAddress();
		return this.#wasm.memory.subarray(start, start + length);
	}

	/** Bytes of the longest sample of so many bytes. */
	static sampleSize(length: number): number {
		const kept = Math.max(LEAST_HASHES, length >> 3);
		return HEAD_SIZE + 4 * Math.min(kept, Math.max(0, length - HASHED_BYTES + 1));
	}

	/**
	 * Writes what grouping wants to know of the first `length` bytes of the input: how many hashes, `length`,
	 * 1 where the bytes look compressed, the hashes of `sample`; each u32 little endian.
	 * @returns bytes that were written, `sampleSize` at most.
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
	 * Hashes (1..limit-1) of the 8-byte strings in the first `length` bytes of the input, each once,
	 * in the order they come first. Of data without order about limit/2^32 of its bytes; at most 32, or an eighth.
	 */
	sample(length: number, limit: number): Uint32Array {
		const { functions, memory } = this.#wasm;
		const count = functions.sample(length, limit);
		return new Uint32Array(memory.buffer, functions.outputAddress(), count).slice();
	}

	/** Whether the first `length` bytes of the input look compressed, or encrypted. */
	isCompressed(length: number): boolean {
		const looked = Math.min(length, REPETITION_BYTES);
		return looked >= REPETITION_LEAST && this.#wasm.functions.repetition(looked) < COMPRESSED_REPETITION;
	}
}
