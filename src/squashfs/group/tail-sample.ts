import { ShingleSampler } from "../../codec/index.js";
import type { Content } from "../../ground/bytes/index.js";

/** The last bytes of a file (of a small one: all), which share a block with other tails. */
export interface Tail {
	readonly content: Content;
	/** Byte position of the tail in `content`. */
	readonly position: number;
	/** Bytes, below the block size. */
	readonly size: number;
}

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

/** Reads and samples tails one by one. */
export class TailSampler {
	readonly #sampler: ShingleSampler = new ShingleSampler();
	/** Hashes below this are kept: two samples can be compared when they have it in common. */
	readonly limit: number;

	/** @param bytes size of all tails that will be compared. */
	constructor(bytes: number) {
		this.limit = HASH_LIMIT >>> Math.max(0, Math.ceil(Math.log2(bytes / FULL_RATE_BYTES)));
	}

	sample({ content, position, size }: Tail): TailSample {
		content.read(this.#sampler.input(size), position);
		const shingles = this.#sampler.sample(size, this.limit);
		return { size, shingles, compressed: this.#sampler.isCompressed(size) };
	}
}

/** A sample as bytes: size, 1 for a compressed tail, hashes; each u32 little endian. */
export function encodeSample({ size, compressed, shingles }: TailSample): Uint8Array {
	const bytes = Buffer.alloc(4 * (2 + shingles.length));
	bytes.writeUInt32LE(size, 0);
	bytes.writeUInt32LE(compressed ? 1 : 0, 4);
	for (let i = 0; i < shingles.length; i++) bytes.writeUInt32LE(shingles[i]!, 4 * (2 + i));
	return bytes;
}

export function decodeSample(bytes: Uint8Array): TailSample {
	const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const shingles = new Uint32Array(bytes.length / 4 - 2);
	for (let i = 0; i < shingles.length; i++) shingles[i] = view.readUInt32LE(4 * (2 + i));
	return { size: view.readUInt32LE(0), compressed: view.readUInt32LE(4) === 1, shingles };
}
