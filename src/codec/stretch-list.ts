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
	readonly #fields: DataView;
	#length = 0;

	constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
		this.#memory = Buffer.from(buffer, byteOffset, byteLength);
		this.#fields = new DataView(buffer, byteOffset, byteLength);
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
		// Not by the functions of Buffer: as long as they are not optimised, they take four times as long.
		this.#fields.setFloat64(start, position, true);
		this.#fields.setFloat64(start + 8, size, true);
		this.#fields.setFloat64(start + 16, version?.inode ?? -1, true);
		this.#fields.setFloat64(start + 24, version?.changed ?? 0, true);
		this.#fields.setInt32(start + 32, typeof file === "number" ? file : -1, true);
		this.#fields.setUint16(start + 36, path.length, true);
		this.#fields.setUint8(start + 38, isContinued ? 1 : 0);
		this.#memory.write(path, start + HEAD_SIZE, "latin1");
		this.#length += HEAD_SIZE + path.length;
		return true;
	}
}

/** Returns the stretches of a list. */
export function readStretchList(list: Uint8Array): readonly FileStretch[] {
	// A copy, because the results replace the list in its memory.
	const bytes = Buffer.from(list);
	const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const stretches: FileStretch[] = [];
	let pieces: FilePiece[] = [];
	for (let at = 0; at < bytes.length; ) {
		const length = fields.getUint16(at + 36, true);
		const descriptor = fields.getInt32(at + 32, true);
		const inode = fields.getFloat64(at + 16, true);
		const path = bytes.toString("latin1", at + HEAD_SIZE, at + HEAD_SIZE + length) as ByteString;
		pieces.push({
			file: descriptor < 0 ? path : descriptor,
			position: fields.getFloat64(at, true),
			version: inode < 0 ? undefined : { inode, changed: fields.getFloat64(at + 24, true) },
			size: fields.getFloat64(at + 8, true),
		});
		if (fields.getUint8(at + 38) === 0) {
			stretches.push({ pieces, size: pieces.reduce((sum, { size }) => sum + size, 0) });
			pieces = [];
		}
		at += HEAD_SIZE + length;
	}
	return stretches;
}
