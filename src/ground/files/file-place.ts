import { closeSync, constants, fstatSync, openSync } from "node:fs";
import {
	type ByteString,
	BytesError,
	byteStringBytes,
	displayByteString,
	type FilePlace,
	type FileVersion,
} from "../bytes/index.js";
import { readFully } from "./file-descriptor.js";

/** Fills `target` from byte `position` of a place on. */
export type ReadPlace = (target: Uint8Array, position: number) => void;

/**
 * Calls `use` with a reader of a place, in whatever thread this is, and returns its result.
 * @throws BytesError ERR_FILE where the file is not the version that was expected, and others.
 */
export function readFilePlace<Result>(place: FilePlace, use: (read: ReadPlace) => Result): Result {
	const { file, position: start, version } = place;
	if (typeof file === "number") return use(readerOf(file, "spool", start));
	const { result, version: found } = readOnce(file, (read) => use((to, at) => read(to, start + at)));
	if (version !== undefined && !isSameVersion(version, found)) throw changedMeanwhile(file);
	return result;
}

/** Opens a regular file, reads it, and returns which version of it was read. @throws BytesError */
export function readOnce<Result>(
	path: ByteString,
	use: (read: ReadPlace) => Result,
): { readonly result: Result; readonly version: FileVersion } {
	const descriptor = openToRead(path);
	try {
		const result = use(readerOf(descriptor, () => displayByteString(path), 0));
		// Not by big integers, which take half as long again: every file is read twice or three times.
		const { ino, ctimeMs } = fstatSync(descriptor);
		return { result, version: { inode: ino, changed: ctimeMs * 1e6 } };
	} finally {
		closeSync(descriptor);
	}
}

/** Nanoseconds, more than a time in milliseconds and one in nanoseconds differ by in doubles, until the year 2109. */
const ROUNDING = 1000;

export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
	return a.inode === b.inode && Math.abs(a.changed - b.changed) < ROUNDING;
}

export function changedMeanwhile(path: ByteString): BytesError {
	return new BytesError("ERR_FILE", `${displayByteString(path)}: read: the file changed while it was read`);
}

function readerOf(descriptor: number, subject: string | (() => string), start: number): ReadPlace {
	return (target, position) => readFully(descriptor, target, start + position, subject);
}

function openToRead(path: ByteString): number {
	try {
		// A pipe without a writer would hold the process for ever.
		const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
		return openSync(byteStringBytes(path), flags);
	} catch (cause) {
		throw BytesError.fromSystem(displayByteString(path), "read", cause);
	}
}
