import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from "node:fs";
import {
	type ByteString,
	BytesError,
	byteString,
	byteStringBytes,
	displayByteString,
	type FileVersion,
} from "../bytes/index.js";

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
	/** Major number of a device. */
	readonly major: number;
	readonly minor: number;
	/** Detects later that the file was replaced or changed. */
	readonly version: FileVersion;
	/** The same for all names of one file that has several; absent for a file with one name. */
	readonly link: string | undefined;
}

/** Paths are byte strings here, as names on disk need not be UTF-8. @throws BytesError */
export function readFileStatus(path: ByteString): FileStatus {
	return withSystemErrors(path, "stat", (bytes) => {
		// In a double the last nanoseconds of a second would round up, and inode numbers may not fit.
		const stat = lstatSync(bytes, { bigint: true });
		return {
			kind: kindOf(stat),
			mode: Number(stat.mode) & 0o7777,
			uid: Number(stat.uid),
			gid: Number(stat.gid),
			mtime: Math.floor(Number(stat.mtimeMs) / 1000),
			size: Number(stat.size),
			...deviceNumbers(Number(stat.rdev)),
			version: { inode: Number(stat.ino), changed: Number(stat.ctimeNs) },
			link: stat.nlink > 1n && !stat.isDirectory() ? `${stat.dev}:${stat.ino}` : undefined,
		};
	});
}

/** The names in a directory, in no order. @throws BytesError */
export function readDirectoryNames(path: ByteString): ByteString[] {
	return withSystemErrors(path, "list", (bytes) =>
		readdirSync(bytes, "buffer").map((name) => byteString(name)),
	);
}

/** @throws BytesError */
export function readLinkTarget(path: ByteString): ByteString {
	return withSystemErrors(path, "read link", (bytes) => byteString(readlinkSync(bytes, "buffer")));
}

function kindOf(stat: BigIntStats): FileKind {
	if (stat.isFile()) return "file";
	if (stat.isDirectory()) return "directory";
	if (stat.isSymbolicLink()) return "symlink";
	if (stat.isBlockDevice()) return "block-device";
	if (stat.isCharacterDevice()) return "character-device";
	return stat.isFIFO() ? "fifo" : "socket";
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
