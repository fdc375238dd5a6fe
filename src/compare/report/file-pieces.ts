import type { Content } from "../../ground/bytes/index.js";
import { readFilePlace } from "../../ground/files/index.js";

/** Bytes of a content that lie together in a file which every thread of this process can read. */
export interface FilePiece {
	/** An open file. */
	readonly file: number;
	/** Byte of the file. */
	readonly position: number;
	readonly length: number;
}

/** A package of 4 GiB that was stored in blocks of 64 KiB has as many. */
const MOST_PIECES = 1 << 16;

/** Returns the pieces of files that a content consists of; undefined where other threads cannot read it. */
export function filePieces(content: Content): FilePiece[] | undefined {
	const pieces: FilePiece[] = [];
	let length = 1;
	for (let at = 0; at < content.size; at += length) {
		length = pieceLength(content, at, length);
		const place = length === 0 ? undefined : content.place?.(at, length);
		if (typeof place?.file !== "number" || pieces.length === MOST_PIECES) return undefined;
		pieces.push({ file: place.file, position: place.position, length });
	}
	return pieces;
}

/** @param last length of the piece before it: mostly all have the same. */
function pieceLength(content: Content, at: number, last: number): number {
	const most = content.size - at;
	const fits = (size: number): boolean => size <= most && content.place?.(at, size) !== undefined;
	if (fits(last) && !fits(last + 1)) return last;
	let [low, high] = [0, most + 1];
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (fits(middle)) low = middle;
		else high = middle;
	}
	return low;
}

/** A content of pieces of files, in whatever thread this is. */
export class PiecesContent implements Content {
	readonly size: number;
	readonly #pieces: readonly FilePiece[];
	readonly #starts: Float64Array;

	constructor(pieces: readonly FilePiece[]) {
		this.#pieces = pieces;
		this.#starts = new Float64Array(pieces.length);
		let size = 0;
		for (const [i, { length }] of pieces.entries()) {
			this.#starts[i] = size;
			size += length;
		}
		this.size = size;
	}

	read(target: Uint8Array, position: number): void {
		for (let done = 0, i = this.#pieceAt(position); done < target.length; i++) {
			const { file, position: start, length } = this.#pieces[i]!;
			const offset = position + done - this.#starts[i]!;
			const part = target.subarray(done, done + Math.min(length - offset, target.length - done));
			readFilePlace({ file, position: start }, (read) => read(part, offset));
			done += part.length;
		}
	}

	/** Returns the index of the piece that has a position. */
	#pieceAt(position: number): number {
		let [low, high] = [0, this.#pieces.length - 1];
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#starts[middle]! <= position) low = middle;
			else high = middle - 1;
		}
		return low;
	}
}
