import { createHash, hash } from "node:crypto";
import { type FilePiece, PvpkgError } from "../ground/bytes/index.js";
import { type ReadPlace, readFilePlace } from "../ground/files/index.js";
import type { Compressor, Decompressor } from "./compressor.js";
import { ShingleSampler } from "./shingles.js";
import type { SlotJob } from "./slot-arena.js";
import { type FileStretch, readStretchList } from "./stretch-list.js";

/** What a job wants done with a slot. */
export const JobKind = {
	/** Compress the bytes that lie there; the argument is 1 where they may be a hole. To expand: expand them. */
	BYTES: 0,
	/** Read the stretches of the list that lies there, and compress them as one block; the argument as above. */
	STRETCHES: 1,
	/** SHA-256 of each stretch of the list. */
	DIGEST: 2,
	/** A sample of each stretch of the list; the argument is the limit of its hashes. */
	SAMPLE: 3,
	/** To expand: the size that each stretch of the list expands to, 0 where it does not. */
	MEASURE: 4,
} as const;

/**
 * Does a job in the memory of its slot, where the result takes the place of what lay there.
 * @returns bytes of the result; of a block that does not get shorter, and lies there as it is, minus its size.
 */
export type SlotWork = (slot: Uint8Array, job: SlotJob) => number;

/** A stretch cannot be read in this thread: the main thread reads it again, for the error that its content has. */
export class UnreadableStretch extends Error {}

/** The work of a thread that compresses, and reads for it. */
export function compressingWork(compressor: Compressor, blockSize: number): SlotWork {
	const zeros = new Uint8Array(blockSize);
	const reader = new StretchReader();
	const compress = (slot: Uint8Array, length: number, mayBeHole: boolean): number => {
		const block = slot.subarray(0, length);
		if (mayBeHole && Buffer.compare(block, zeros.subarray(0, length)) === 0) return 0;
		const stored = compressor.compress(block, "data");
		if (stored === undefined) return -length;
		slot.set(stored);
		return stored.length;
	};
	return (slot, { kind, length, argument }) => {
		if (kind === JobKind.BYTES) return compress(slot, length, argument === 1);
		const stretches = readStretchList(slot.subarray(0, length));
		if (kind === JobKind.STRETCHES) return compress(slot, reader.read(stretches, slot), argument === 1);
		return kind === JobKind.DIGEST
			? reader.digest(stretches, slot)
			: reader.sample(stretches, slot, argument);
	};
}

/** The work of a thread that expands, and reads for it. */
export function expandingWork(decompressor: Decompressor, blockSize: number): SlotWork {
	const stored = new Uint8Array(blockSize);
	return (slot, { kind, length }) => {
		if (kind === JobKind.MEASURE) {
			const sizes = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
			const stretches = readStretchList(slot.subarray(0, length));
			for (const [i, stretch] of stretches.entries()) {
				const block = stored.subarray(0, stretch.size);
				readStretch(stretch, (read) => read(block, 0));
				sizes.setUint32(4 * i, expandedSize(decompressor, block, blockSize), true);
			}
			return 4 * stretches.length;
		}
		const expanded = decompressor.decompress(slot.subarray(0, length), blockSize);
		if (expanded.length === 0) throw new RangeError("expected at least one byte, got none");
		slot.set(expanded);
		return expanded.length;
	};
}

/** Returns the size that a stored block expands to, 0 where it does not: whoever needs to know why expands it again. */
export function expandedSize(decompressor: Decompressor, stored: Uint8Array, maximum: number): number {
	try {
		return decompressor.decompress(stored, maximum).length;
	} catch {
		return 0;
	}
}

const CHUNK = 1 << 18;

/** Reads stretches of files for what is made of them. */
class StretchReader {
	readonly #chunk: Uint8Array = new Uint8Array(CHUNK);
	#sampler: ShingleSampler | undefined;

	/** Fills `target` with the bytes of all stretches, and returns how many. */
	read(stretches: readonly FileStretch[], target: Uint8Array): number {
		let filled = 0;
		for (const stretch of stretches) {
			const piece = target.subarray(filled, filled + stretch.size);
			readStretch(stretch, (read) => read(piece, 0));
			filled += stretch.size;
		}
		return filled;
	}

	digest(stretches: readonly FileStretch[], target: Uint8Array): number {
		for (const [i, stretch] of stretches.entries()) {
			target.set(
				readStretch(stretch, (read) => this.#digest(read, stretch.size)),
				32 * i,
			);
		}
		return 32 * stretches.length;
	}

	sample(stretches: readonly FileStretch[], target: Uint8Array, limit: number): number {
		this.#sampler ??= new ShingleSampler();
		let filled = 0;
		for (const stretch of stretches) {
			const input = this.#sampler.input(stretch.size);
			readStretch(stretch, (read) => read(input, 0));
			filled += this.#sampler.writeSample(target.subarray(filled), stretch.size, limit);
		}
		return filled;
	}

	#digest(read: ReadPlace, size: number): Buffer {
		if (size <= CHUNK) return hash("sha256", this.#next(read, 0, size), "buffer");
		const digest = createHash("sha256");
		for (let at = 0; at < size; at += CHUNK) digest.update(this.#next(read, at, size));
		return digest.digest();
	}

	#next(read: ReadPlace, position: number, size: number): Uint8Array {
		const part = this.#chunk.subarray(0, Math.min(CHUNK, size - position));
		read(part, position);
		return part;
	}
}

function readStretch<Result>({ pieces, size }: FileStretch, use: (read: ReadPlace) => Result): Result {
	try {
		return pieces.length === 1 ? readFilePlace(pieces[0]!, use) : use(readerOf(joinPieces(pieces, size)));
	} catch (cause) {
		throw cause instanceof PvpkgError ? new UnreadableStretch(cause.message) : cause;
	}
}

function readerOf(bytes: Uint8Array): ReadPlace {
	return (target, position) => target.set(bytes.subarray(position, position + target.length));
}

function joinPieces(pieces: readonly FilePiece[], size: number): Uint8Array {
	const whole = new Uint8Array(size);
	let filled = 0;
	for (const piece of pieces) {
		const part = whole.subarray(filled, filled + piece.size);
		readFilePlace(piece, (read) => read(part, 0));
		filled += piece.size;
	}
	return whole;
}
