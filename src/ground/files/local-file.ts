import {
	closeSync,
	constants,
	fstatSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	realpathSync,
} from "node:fs";
import { BytesError, errorCode } from "../bytes/index.js";

/** Reads a small local file; undefined if it does not exist. @throws BytesError */
export function readFileIfPresent(path: string): Uint8Array | undefined {
	return readOpened(path, (descriptor) => readFileSync(descriptor));
}

/**
 * Returns the beginning of a local file, whatever its size: at most `most` bytes; undefined where there is no file.
 * @throws BytesError
 */
export function readFileStart(path: string, most: number): Uint8Array | undefined {
	return readOpened(path, (descriptor) => readAtMost(descriptor, most));
}

function readOpened(path: string, read: (descriptor: number) => Uint8Array): Uint8Array | undefined {
	let descriptor: number | undefined;
	try {
		descriptor = openToRead(path);
		return read(descriptor);
	} catch (cause) {
		if (cause instanceof BytesError) throw cause;
		if (isAbsence(cause)) return undefined;
		throw BytesError.fromSystem(path, "read", cause);
	} finally {
		if (descriptor !== undefined) closeSync(descriptor);
	}
}

/** Names of what is open in this process or in the shell that started it. */
const OPENED = /^\/(?:dev\/stdin$|dev\/fd\/|proc\/(?:self|thread-self|\d+)\/fd\/)/;

/**
 * Opens a file, and waits for nobody: a FIFO in a foreign directory would hold the process until somebody writes to
 * it, and no signal would end that. A pipe that the shell has opened, as for `<(command)`, has somebody who writes.
 */
function openToRead(path: string): number {
	if (OPENED.test(path)) return openSync(path, "r");
	const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	if (!fstatSync(descriptor).isFIFO()) return descriptor;
	closeSync(descriptor);
	throw new BytesError("ERR_FILE_KIND", `${path}: read: expected a regular file, got a FIFO`);
}

/** Bytes that are read at a time. */
const PART_SIZE = 1 << 20;

/** A file may be a pipe, or grow while it is read. */
function readAtMost(descriptor: number, most: number): Uint8Array {
	const parts: Uint8Array[] = [];
	let size = 0;
	while (size < most) {
		const part = Buffer.allocUnsafe(Math.min(PART_SIZE, most - size));
		const count = readSync(descriptor, part);
		if (count === 0) break;
		parts.push(part.subarray(0, count));
		size += count;
	}
	return Buffer.concat(parts, size);
}

/** Returns the names in a directory in byte order; none if it does not exist. @throws BytesError */
export function listDirectory(path: string): string[] {
	try {
		return readdirSync(path).sort();
	} catch (cause) {
		if (isAbsence(cause)) return [];
		throw BytesError.fromSystem(path, "list", cause);
	}
}

function isAbsence(cause: unknown): boolean {
	const code = errorCode(cause);
	return code === "ENOENT" || code === "ENOTDIR";
}

/** Returns the file that a path leads to through symbolic links; the path itself where nothing exists. @throws BytesError */
export function followLinks(path: string): string {
	try {
		return realpathSync(path);
	} catch (cause) {
		if (isAbsence(cause)) return path;
		throw BytesError.fromSystem(path, "follow links", cause);
	}
}
