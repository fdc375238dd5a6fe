import { type ByteString, contentPieces, type FilePiece, type Stretch } from "../ground/bytes/index.js";

/** A stretch in the form for another thread: pieces of files, one after the other. */
export interface FileStretch {
	readonly pieces: readonly FilePiece[];
	readonly size: number;
}

/**
 * A list of stretches for another thread, in memory that it shares: for each piece of each
 *
 *     position, size         f64 each
 *     inode, changed         f64 each, the version that the file has to be; -1 and 0 where there is none
 *     descriptor             i32, -1 where there is a path
 *     length of the path     u16
 *     whether a piece of the same stretch follows   u8
 *     path                   as bytes
 *
 * Numbers are little endian. It is written by the main thread for every block: that is all
 * that this thread does with most files after they were listed.
 */
const HEAD_SIZE = 39;

/** Writes stretches that other threads can read into a block of memory, while they fit. */
export class StretchListWriter {
	readonly #memory: Buffer;
	#length = 0;

	constructor(memory: Uint8Array) {
		this.#memory = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
	}

	/** Bytes written so far. */
	get length(): number {
		return this.#length;
	}

	/** Adds a stretch. @returns whether another thread can read it, and it fits. */
	add({ content, position, size }: Stretch): boolean {
		const pieces = contentPieces(content, position, size);
		const start = this.#length;
		const fits = pieces?.every((piece, i) => this.#addPiece(piece, i < pieces.length - 1)) ?? false;
		if (!fits) this.#length = start;
		return fits;
	}

	#addPiece({ file, position, version, size }: FilePiece, isContinued: boolean): boolean {
		const path = typeof file === "string" ? file : "";
		const start = this.#length;
		if (path.length > 0xffff || start + HEAD_SIZE + path.length > this.#memory.length) return false;
		this.#memory.writeDoubleLE(position, start);
		this.#memory.writeDoubleLE(size, start + 8);
		this.#memory.writeDoubleLE(version?.inode ?? -1, start + 16);
		this.#memory.writeDoubleLE(version?.changed ?? 0, start + 24);
		this.#memory.writeInt32LE(typeof file === "number" ? file : -1, start + 32);
		this.#memory.writeUInt16LE(path.length, start + 36);
		this.#memory.writeUInt8(isContinued ? 1 : 0, start + 38);
		this.#memory.write(path, start + HEAD_SIZE, "latin1");
		this.#length += HEAD_SIZE + path.length;
		return true;
	}
}

/** Returns the stretches of a list. */
export function readStretchList(list: Uint8Array): readonly FileStretch[] {
	// A copy, because the results replace the list in its memory.
	const bytes = Buffer.from(list);
	const stretches: FileStretch[] = [];
	let pieces: FilePiece[] = [];
	for (let at = 0; at < bytes.length; ) {
		const length = bytes.readUInt16LE(at + 36);
		const descriptor = bytes.readInt32LE(at + 32);
		const inode = bytes.readDoubleLE(at + 16);
		const path = bytes.toString("latin1", at + HEAD_SIZE, at + HEAD_SIZE + length) as ByteString;
		pieces.push({
			file: descriptor < 0 ? path : descriptor,
			position: bytes.readDoubleLE(at),
			version: inode < 0 ? undefined : { inode, changed: bytes.readDoubleLE(at + 24) },
			size: bytes.readDoubleLE(at + 8),
		});
		if (bytes.readUInt8(at + 38) === 0) {
			stretches.push({ pieces, size: pieces.reduce((sum, { size }) => sum + size, 0) });
			pieces = [];
		}
		at += HEAD_SIZE + length;
	}
	return stretches;
}
