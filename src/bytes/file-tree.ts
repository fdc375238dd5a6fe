import {
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	openSync,
	readdirSync,
	readlinkSync,
	readSync,
	type Stats,
} from "node:fs";
import { type ByteString, byteString, byteStringBytes, displayByteString } from "./byte-string.js";
import { type Content, checkRange } from "./content.js";
import { BytesError } from "./errors.js";

export type FileKind =
	| "file"
	| "directory"
	| "symlink"
	| "block-device"
	| "character-device"
	| "fifo"
	| "socket";

/** What lstat(2) says about a file. */
export interface FileStatus {
	readonly kind: FileKind;
	/** 0..07777 */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	/** Whole seconds since 1970, floored; may be negative. */
	readonly mtime: number;
	/** Bytes. */
	readonly size: number;
	/** Of devices. */
	readonly major: number;
	readonly minor: number;
	/** The same for all names of one file that has several; absent for a file with one name. */
	readonly link: string | undefined;
}

/** Paths are byte strings here, as names on disk need not be UTF-8. @throws BytesError */
export function readFileStatus(path: ByteString): FileStatus {
	return withSystemErrors(path, "stat", (bytes) => {
		const stat = lstatSync(bytes);
		return {
			kind: kindOf(stat),
			mode: stat.mode & 0o7777,
			uid: stat.uid,
			gid: stat.gid,
			mtime: Math.floor(stat.mtimeMs / 1000),
			size: stat.size,
			...deviceNumbers(stat.rdev),
			link: stat.nlink > 1 && !stat.isDirectory() ? linkIdentity(bytes) : undefined,
		};
	});
}

/** The names in a directory, in no order. @throws BytesError */
export function readDirectoryNames(path: ByteString): ByteString[] {
	return withSystemErrors(path, "list", (bytes) => readdirSync(bytes, "buffer").map(byteString));
}

/** @throws BytesError */
export function readLinkTarget(path: ByteString): ByteString {
	return withSystemErrors(path, "read link", (bytes) => byteString(readlinkSync(bytes, "buffer")));
}

/**
 * A regular file's content that is opened at each read: for trees of more files than a process
 * may have open. A file that changed since the first read, or became something else, is an error:
 * its digest would no longer be that of its bytes.
 */
export function openedAtRead(path: ByteString, size: number): Content {
	let version: string | undefined;
	return {
		size,
		read(target, position) {
			checkRange(size, target.length, position);
			const found = withSystemErrors(path, "read", (bytes) => readAt(bytes, target, position));
			version ??= found;
			if (version !== found) {
				throw new BytesError("ERR_FILE", `${displayByteString(path)}: read: the file changed meanwhile`);
			}
		},
	};
}

/** @returns what identifies the bytes that were there: inode, size and times. */
function readAt(path: Buffer, target: Uint8Array, position: number): string {
	const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
	const descriptor = openSync(path, flags);
	try {
		for (let done = 0; done < target.length; ) {
			const got = readSync(descriptor, target, done, target.length - done, position + done);
			if (got === 0) throw new Error("the file became shorter meanwhile");
			done += got;
		}
		const { ino, size, mtimeMs, ctimeMs } = fstatSync(descriptor);
		return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
	} finally {
		closeSync(descriptor);
	}
}

function kindOf(stat: Stats): FileKind {
	if (stat.isFile()) return "file";
	if (stat.isDirectory()) return "directory";
	if (stat.isSymbolicLink()) return "symlink";
	if (stat.isBlockDevice()) return "block-device";
	if (stat.isCharacterDevice()) return "character-device";
	return stat.isFIFO() ? "fifo" : "socket";
}

/** Inode numbers may exceed what a double holds. */
function linkIdentity(path: Buffer): string {
	const { dev, ino } = lstatSync(path, { bigint: true });
	return `${dev}:${ino}`;
}

/** Linux's encoding of dev_t as user space sees it (makedev(3)). */
function deviceNumbers(rdev: number): { readonly major: number; readonly minor: number } {
	const high = Math.floor(rdev / 2 ** 32);
	const low = rdev % 2 ** 32;
	return {
		major: (((low >>> 8) & 0xfff) | (high & 0xfffff000)) >>> 0,
		minor: ((low & 0xff) | ((low >>> 12) & 0xfff00)) >>> 0,
	};
}

function withSystemErrors<T>(path: ByteString, action: string, job: (path: Buffer) => T): T {
	try {
		return job(byteStringBytes(path));
	} catch (cause) {
		throw BytesError.fromSystem(displayByteString(path), action, cause);
	}
}
