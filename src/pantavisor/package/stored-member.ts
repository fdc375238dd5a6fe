import { crc32 } from "node:zlib";
import { type DeflatePart, takeDeflateApart } from "../../codec/index.js";
import { type Content, checkRange, type FilePiece } from "../../ground/bytes/index.js";
import { type FileContent, passContent } from "../../ground/files/index.js";
import { checkTrailer, GzipFault, headerSize, TRAILER_SIZE } from "./gzip-member.js";

/**
 * Opens the bytes of a gzip member that are mostly stored, without unpacking them. Checksum and length are checked.
 * Closing it closes the file.
 * @returns undefined for a member that is mostly compressed or damaged, or is not the whole file.
 */
export async function openStoredMember(file: FileContent): Promise<FileContent | undefined> {
	try {
		const taken = takeDeflateApart(file, headerSize(file));
		if (taken === undefined || taken.end + TRAILER_SIZE !== file.size) return undefined;
		const stored = new PartsContent(file, taken.parts);
		checkTrailer(file, taken.end, await checksum(stored), stored.size);
		return stored;
	} catch (error) {
		if (error instanceof GzipFault) return undefined;
		throw error;
	}
}

/** Computes a checksum in steps, as a package may be large and must not block timers and signals. */
async function checksum(content: Content): Promise<number> {
	let sum = 0;
	for await (const chunk of passContent(content)) sum = crc32(chunk, sum);
	return sum;
}

/** Bytes in parts of a file, and in memory between them. */
class PartsContent implements FileContent {
	readonly size: number;
	readonly #file: FileContent;
	readonly #parts: readonly DeflatePart[];
	/** Position of each part in the content. */
	readonly #starts: Float64Array;

	constructor(file: FileContent, parts: readonly DeflatePart[]) {
		this.#file = file;
		this.#parts = parts;
		this.#starts = new Float64Array(parts.length);
		let size = 0;
		for (const [i, { length }] of parts.entries()) {
			this.#starts[i] = size;
			size += length;
		}
		this.size = size;
	}

	read(target: Uint8Array, position: number): void {
		checkRange(this.size, target.length, position);
		let i = this.#partAt(position);
		for (let done = 0; done < target.length; i++) {
			const { length, from } = this.#parts[i]!;
			const offset = position + done - this.#starts[i]!;
			const count = Math.min(length - offset, target.length - done);
			const piece = target.subarray(done, done + count);
			if (typeof from === "number") this.#file.read(piece, from + offset);
			else piece.set(from.subarray(offset, offset + count));
			done += count;
		}
	}

	/** Returns the places of bytes in the file, so that another thread can read them itself. */
	pieces(position: number, size: number): readonly FilePiece[] | undefined {
		const pieces: FilePiece[] = [];
		let i = this.#partAt(position);
		for (let done = 0; done < size; i++) {
			const part = this.#parts[i];
			if (part === undefined || typeof part.from !== "number") return undefined;
			const offset = position + done - this.#starts[i]!;
			const count = Math.min(part.length - offset, size - done);
			const place = this.#file.place?.(part.from + offset, count);
			if (place === undefined) return undefined;
			pieces.push({ ...place, size: count });
			done += count;
		}
		return pieces;
	}

	close(): void {
		this.#file.close();
	}

	/** Returns the index of the part that has a position. */
	#partAt(position: number): number {
		let [low, high] = [0, this.#parts.length - 1];
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#starts[middle]! <= position) low = middle;
			else high = middle - 1;
		}
		return low;
	}
}
