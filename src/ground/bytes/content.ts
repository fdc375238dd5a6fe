import type { ByteString } from "./byte-string.js";

/**
 * Random-access bytes of a known size: a file body waiting in the spool, a part of a
 * local file, a buffer.
 *
 * Reading is synchronous on purpose: bodies lie in the page cache, images hold many
 * thousand small files, and one system call costs a tenth of one promise with a trip
 * through the thread pool.
 */
export interface Content {
	/** Bytes. */
	readonly size: number;
	/** Lower-case hex SHA-256 of all bytes, where it is already known. */
	readonly sha256?: string | undefined;
	/**
	 * Fills the whole of `target` from byte `position` on.
	 * @throws RangeError when `position + target.length > size`.
	 */
	read(target: Uint8Array, position: number): void;
	/** Where `size` bytes from `position` on lie, if another thread can read them there in one piece. */
	place?(position: number, size: number): FilePlace | undefined;
	/** Where they lie, if another thread can read them there in pieces, in their order; asked where there is no `place`. */
	pieces?(position: number, size: number): readonly FilePiece[] | undefined;
}

/** Bytes in a file that every thread of this process can read. */
export interface FilePlace {
	/** An open file, or the path of one that is opened to be read. */
	readonly file: number | ByteString;
	/** Byte of the file. */
	readonly position: number;
	/** What the file at the path has to be. */
	readonly version?: FileVersion | undefined;
}

/** Bytes in a file, so many. */
export interface FilePiece extends FilePlace {
	readonly size: number;
}

/** Where another thread can read a stretch of a content, in one piece or in several; undefined where it cannot. */
export function contentPieces(
	content: Content,
	position: number,
	size: number,
): readonly FilePiece[] | undefined {
	const place = content.place?.(position, size);
	return place === undefined ? content.pieces?.(position, size) : [{ ...place, size }];
}

/** What tells whether a file is still the same one, and unchanged. */
export interface FileVersion {
	/** Inode number, as near as a double gets. */
	readonly inode: number;
	/** Time of the last change of its inode, in nanoseconds since 1970, as near as a double gets: 256 ns. */
	readonly changed: number;
}

/** A Content over bytes in memory. */
export function bufferContent(bytes: Uint8Array, sha256?: string): Content {
	return {
		size: bytes.length,
		sha256,
		read(target, position) {
			checkRange(bytes.length, target.length, position);
			target.set(bytes.subarray(position, position + target.length));
		},
	};
}

/** All bytes of a content, in chunks of at most `chunkSize` bytes; each chunk is a new buffer. */
export function* contentChunks(content: Content, chunkSize: number = 1 << 16): Generator<Uint8Array> {
	for (let position = 0; position < content.size; position += chunkSize) {
		const chunk = new Uint8Array(Math.min(chunkSize, content.size - position));
		content.read(chunk, position);
		yield chunk;
	}
}

/** All bytes of a content as one buffer: for small ones only. */
export function contentBytes(content: Content): Uint8Array {
	const bytes = new Uint8Array(content.size);
	content.read(bytes, 0);
	return bytes;
}

export function checkRange(size: number, length: number, position: number): void {
	if (position < 0 || position + length > size) {
		throw new RangeError(`content: read: ${length} bytes at ${position}, expected at most ${size}`);
	}
}
