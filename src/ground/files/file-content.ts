import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BytesError, type Content, checkRange } from "../bytes/index.js";
import { readFully } from "./file-descriptor.js";

/** A local file as a content. It stays open until `close`, and so can be read even after it is removed. */
export interface FileContent extends Content {
	close(): void;
}

/**
 * Opens a local file for reading at any position.
 * @throws BytesError ERR_FILE_NOT_FOUND, ERR_FILE_ACCESS, ERR_FILE; ERR_FILE_KIND for what is not a regular
 *   file.
 */
export function openFileContent(path: string): FileContent {
	return fileContent(openRegularFile(path, 0), path);
}

/** Opens a local file as `openFileContent` does, but follows no symbolic link. @throws BytesError */
export function openUnlinkedFile(path: string): FileContent {
	return fileContent(openRegularFile(path, constants.O_NOFOLLOW), path);
}

function fileContent(descriptor: number, path: string): FileContent {
	const { size } = fstatSync(descriptor);
	return {
		size,
		read(target, position) {
			checkRange(size, target.length, position);
			readFully(descriptor, target, position, path);
		},
		place: (position) => ({ file: descriptor, position }),
		close: () => closeSync(descriptor),
	};
}

/** Returns a part of a content: `size` bytes from `position` on. */
export function contentSlice(content: Content, position: number, size: number): Content {
	checkRange(content.size, size, position);
	return {
		size,
		read(target, at) {
			checkRange(size, target.length, at);
			content.read(target, position + at);
		},
		place: (at, length) => content.place?.(position + at, length),
		pieces: (at, length) => content.pieces?.(position + at, length),
	};
}

/** Bytes of a chunk. */
const CHUNK_BYTES = 1 << 18;
/** How many bytes are read before timers, sockets and workers get their turn. */
const TURN_BYTES = 1 << 20;

/** Streams the bytes of a content from `position` on; each chunk is a new buffer. */
export async function* streamContent(content: Content, position = 0): AsyncGenerator<Uint8Array> {
	for (let at = position; at < content.size; ) {
		const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, content.size - at));
		content.read(chunk, at);
		yield chunk;
		at += chunk.length;
		if (at % TURN_BYTES === 0) await nextTurn();
	}
}

/** Streams the bytes of a content; each chunk is valid until the next one is requested. */
export async function* passContent(content: Content): AsyncGenerator<Uint8Array> {
	const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, content.size));
	for (let at = 0; at < content.size; ) {
		const chunk = buffer.subarray(0, content.size - at);
		content.read(chunk, at);
		yield chunk;
		at += chunk.length;
		if (at % TURN_BYTES === 0) await nextTurn();
	}
}

/** Whether a path leads to a directory. */
export function isDirectory(path: string): boolean {
	try {
		return statSync(path).isDirectory();
	} catch {
		return false;
	}
}

function openRegularFile(path: string, flags: number): number {
	let descriptor: number;
	try {
		// A pipe without a writer would hold the process for ever.
		descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
	} catch (cause) {
		throw BytesError.fromSystem(path, "open", cause);
	}
	if (fstatSync(descriptor).isFile()) return descriptor;
	closeSync(descriptor);
	throw new BytesError("ERR_FILE_KIND", `${path}: open: expected a regular file`);
}
