import { type Content, contentPieces, type FilePiece } from "../../ground/bytes/index.js";
import { readFilePlace } from "../../ground/files/index.js";

/** A package of 4 GiB that is stored in blocks of 64 KiB has this many pieces. */
const MOST_PIECES = 1 << 16;

/** Returns the pieces of open files that make up a content; undefined if other threads cannot read it there. */
export function filePieces(content: Content): readonly FilePiece[] | undefined {
	const pieces = contentPieces(content, 0, content.size);
	const isOpen = pieces?.every(({ file }) => typeof file === "number");
	return isOpen && pieces!.length <= MOST_PIECES ? pieces : undefined;
}

/** A content made up of pieces of files, readable in any thread. */
export class PiecesContent implements Content {
	readonly size: number;
	readonly #pieces: readonly FilePiece[];
	readonly #starts: Float64Array;

	constructor(pieces: readonly FilePiece[]) {
		this.#pieces = pieces;
		this.#starts = new Float64Array(pieces.length);
		let size = 0;
		for (const [i, piece] of pieces.entries()) {
			this.#starts[i] = size;
			size += piece.size;
		}
		this.size = size;
	}

	read(target: Uint8Array, position: number): void {
		for (let done = 0, i = this.#pieceAt(position); done < target.length; i++) {
			const piece = this.#pieces[i]!;
			const offset = position + done - this.#starts[i]!;
			const part = target.subarray(done, done + Math.min(piece.size - offset, target.length - done));
			readFilePlace(piece, (read) => read(part, offset));
			done += part.length;
		}
	}

	/** Returns the index of the piece that contains a position. */
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
