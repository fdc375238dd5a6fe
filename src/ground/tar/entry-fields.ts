import type { ByteString } from "../bytes/index.js";
import type { TarEntry, TarEntryKind } from "./entry.js";
import { TarFault } from "./errors.js";
import { decodeDeviceNumbers, type Header } from "./header.js";
import { type PaxRecords, paxInteger, paxTime } from "./pax.js";
import { aclKeywords, decodeXattrRecords } from "./xattr-records.js";

/** The extension headers before an entry. */
export interface Extensions {
	pax: PaxRecords;
	longPath: ByteString | undefined;
	longLinkPath: ByteString | undefined;
}

/** An entry without its data. */
export type EntryFields = Omit<TarEntry, "size" | "extents" | "body">;

const KINDS: Readonly<Record<string, TarEntryKind>> = {
	"0": "file",
	"\0": "file",
	"1": "hardlink",
	"2": "symlink",
	"3": "character-device",
	"4": "block-device",
	"5": "directory",
	"6": "fifo",
	"7": "file", // "contiguous", which nobody ever was
	D: "directory", // GNU: with a list of names as data
	S: "file", // GNU: sparse
};

const MAXIMUM_32 = 2 ** 32 - 1;
const MAXIMUM_MAJOR = 4095;
const MAXIMUM_MINOR = 1048575;

/** The name of an entry: GNU sparse name, long name, pax path or header field, in this order. */
export function entryPath(header: Header, { pax, longPath }: Extensions): ByteString {
	const values = pax.values;
	return (
		values.get("GNU.sparse.name" as ByteString) ?? longPath ?? values.get("path" as ByteString) ?? header.path
	);
}

/** How many bytes of data follow the header: of types that have none, the size says nothing. */
export function storedSize(header: Header, { pax }: Extensions): number {
	if (!/[07DS\0]/.test(header.type)) return 0;
	const size = paxInteger(pax, "size") ?? header.size;
	return inRange("size", size, Number.MAX_SAFE_INTEGER);
}

/**
 * Merges a header with the extension headers before it, and checks the range of every value.
 * @param block the header's bytes, for device numbers.
 * @throws TarFault
 */
export function decodeEntryFields(
	header: Header,
	block: Uint8Array,
	extensions: Extensions,
	warn: (message: string) => void,
): EntryFields {
	const { pax, longLinkPath } = extensions;
	const path = entryPath(header, extensions);
	const kind = entryKind(header.type, path);
	const linked = kind === "symlink" || kind === "hardlink";
	const device =
		kind === "character-device" || kind === "block-device" ? decodeDeviceNumbers(block) : NO_DEVICE;
	for (const keyword of aclKeywords(pax)) warn(`ignored ${keyword}`);
	const fields: EntryFields = {
		kind,
		path,
		linkPath: linked
			? (longLinkPath ?? pax.values.get("linkpath" as ByteString) ?? header.linkPath)
			: NO_LINK,
		mode: inRange("mode", header.mode, Number.MAX_SAFE_INTEGER) % 0o10000,
		uid: inRange("uid", paxInteger(pax, "uid") ?? header.uid, MAXIMUM_32),
		gid: inRange("gid", paxInteger(pax, "gid") ?? header.gid, MAXIMUM_32),
		mtime: clampTime(paxTime(pax, "mtime") ?? header.mtime, warn),
		deviceMajor: inRange("device major", device.major, MAXIMUM_MAJOR),
		deviceMinor: inRange("device minor", device.minor, MAXIMUM_MINOR),
		xattrs: decodeXattrRecords(pax),
	};
	if (path === "") throw new TarFault("ERR_TAR_NAME", "entry without a name");
	if (linked && fields.linkPath === "") throw new TarFault("ERR_TAR_NAME", `${kind} without a target`);
	return fields;
}

const NO_LINK = "" as ByteString;
const NO_DEVICE = { major: 0, minor: 0 };

/** Tars before POSIX had no type for directories but a name that ends in a slash. */
function entryKind(type: string, path: ByteString): TarEntryKind {
	if (type === "\0" && path.endsWith("/")) return "directory";
	const kind = KINDS[type];
	if (kind === undefined) throw new TarFault("ERR_TAR_TYPE", `unknown type ${JSON.stringify(type)}`);
	return kind;
}

function inRange(field: string, value: number, maximum: number): number {
	if (value >= 0 && value <= maximum) return value;
	throw new TarFault("ERR_TAR_RANGE", `${field}: expected 0 to ${maximum}, got ${value}`);
}

/** Times in squashfs are unsigned 32-bit seconds. */
function clampTime(seconds: number, warn: (message: string) => void): number {
	const clamped = Math.min(Math.max(seconds, 0), MAXIMUM_32);
	if (clamped !== seconds) warn(`mtime ${seconds} set to ${clamped}`);
	return clamped;
}
