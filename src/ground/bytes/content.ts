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
	/** Returns where `size` bytes from `position` on are, if another thread can read them there in one piece. */
	place?(position: number, size: number): FilePlace | undefined;
	/**
	 * Returns where they are, if another thread can read them there in several pieces, in order. Called if
	 * there is no `place`.
	 */
	pieces?(position: number, size: number): readonly FilePiece[] | undefined;
}

/** Bytes in a file that every thread of this process can read. */
export interface FilePlace {
	/** An open file, or the path of one that is opened to be read. */
	readonly file: number | ByteString;
	/** Byte of the file. */
	readonly position: number;
	/** The expected version of the file at the path. */
	readonly version?: FileVersion | undefined;
}

/** A stretch of a file. */
export interface FilePiece extends FilePlace {
	readonly size: number;
}

/**
 * Returns the pieces of files in which another thread can read a stretch of a content; undefined if it
 * cannot.
 */
export function contentPieces(
	content: Content,
	position: number,
	size: number,
): readonly FilePiece[] | undefined {
	const place = content.place?.(position, size);
	if (place === undefined) return content.pieces?.(position, size);
	// Not `...place`, which takes as long as the rest of a list of stretches.
	return [{ file: place.file, position: place.position, version: place.version, size }];
}

/** Identifies a file and its state, to detect another or changed file. */
export interface FileVersion {
	/** Inode number, rounded to a double. */
	readonly inode: number;
	/** Time of the last change of its inode, in nanoseconds since 1970, within half a microsecond. */
	readonly changed: number;
}

/** Returns a content over bytes in memory. */
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

/** Yields all bytes of a content in chunks of at most `chunkSize` bytes; each chunk is a new buffer. */
export function* contentChunks(content: Content, chunkSize: number = 1 << 16): Generator<Uint8Array> {
	for (let position = 0; position < content.size; position += chunkSize) {
		const chunk = new Uint8Array(Math.min(chunkSize, content.size - position));
		content.read(chunk, position);
		yield chunk;
	}
}

/** Returns all bytes of a small content. */
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
