import { createHash, hash } from "node:crypto";
import { type FilePiece, PvpkgError } from "../ground/bytes/index.js";
import { type ReadPlace, readFilePlace } from "../ground/files/index.js";
import type { Compressor, Decompressor } from "./compressor.js";
import { ShingleSampler } from "./shingles.js";
import type { SlotJob } from "./slot-arena.js";
import { type FileStretch, readStretchList } from "./stretch-list.js";

/** The kinds of jobs of a worker. */
export const JobKind = {
	/**
	 * Compress the bytes in the slot; the argument is 1 if they may become a hole. Expanding workers expand the
	 * bytes.
	 */
	BYTES: 0,
	/** Read the stretches of the list in the slot, and compress them as one block; the argument as above. */
	STRETCHES: 1,
	/** Compute the SHA-256 of each stretch of the list. */
	DIGEST: 2,
	/** Sample each stretch of the list; the argument is the limit of the hashes. */
	SAMPLE: 3,
	/**
	 * Measure the expanded size of each stretch of the list, 0 if it cannot be expanded. Only for expanding
	 * workers.
	 */
	MEASURE: 4,
} as const;

/**
 * Does a job in the memory of its slot, where the result replaces the input.
 * @returns bytes of the result, or minus the size of a block that cannot be made shorter and is stored uncompressed.
 */
export type SlotWork = (slot: Uint8Array, job: SlotJob) => number;

/** A stretch cannot be read in this thread. The main thread reads it again, and so gets the error of the content. */
export class UnreadableStretch extends Error {}

/** Returns the work of a thread that reads and compresses. */
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

/** Returns the work of a thread that reads and expands. */
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

/**
 * Returns the expanded size of a stored block, 0 if it is damaged. A caller that needs the reason expands it
 * again.
 */
export function expandedSize(decompressor: Decompressor, stored: Uint8Array, maximum: number): number {
	try {
		return decompressor.decompress(stored, maximum).length;
	} catch {
		return 0;
	}
}

const CHUNK = 1 << 18;

/** Reads stretches of files for the other jobs. */
class StretchReader {
	readonly #chunk: Uint8Array = new Uint8Array(CHUNK);
	#sampler: ShingleSampler | undefined;

	/** Fills `target` with the bytes of all stretches. @returns how many there are. */
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
