import { type ByteString, byteString } from "../bytes/index.js";
import { TarFault } from "./errors.js";
import { decodeNumberField } from "./number-field.js";

/** Headers and bodies come in blocks of this many bytes. */
export const BLOCK_SIZE = 512;

/** Format of the fields after the common ones (from byte 257 on). */
type HeaderFormat = "v7" | "ustar" | "star" | "gnu";

/** The fields of one 512-byte header block, before long names and pax records replace some. */
export interface Header {
	readonly format: HeaderFormat;
	/** The type flag as a character; `\0` stays `\0`. */
	readonly type: string;
	/** Path, with the ustar prefix in front. */
	readonly path: ByteString;
	readonly linkPath: ByteString;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly size: number;
	readonly mtime: number;
}

const CHECKSUM = { start: 148, end: 156 };
const ASCII = /^[\x20-\x7e]+$/;

/** Whether all bytes are zero: an end-of-archive block. */
export function isZeroBlock(block: Uint8Array): boolean {
	return block.every((byte) => byte === 0);
}

/**
 * Decodes a header block of v7, ustar, star or GNU form (POSIX.1-1988 and tar(5)).
 * @throws TarFault ERR_TAR_HEADER when the checksum is wrong or a field is not a number.
 */
export function decodeHeader(block: Uint8Array): Header {
	verifyChecksum(block);
	const format = headerFormat(block);
	return {
		format,
		type: String.fromCharCode(block[156]!),
		path: joinPrefix(headerPrefix(block, format), textField(block, 0, 100)),
		linkPath: textField(block, 157, 100),
		mode: decodeNumberField(block, 100, 8, "mode"),
		uid: decodeNumberField(block, 108, 8, "uid"),
		gid: decodeNumberField(block, 116, 8, "gid"),
		size: decodeNumberField(block, 124, 12, "size"),
		mtime: decodeNumberField(block, 136, 12, "mtime"),
	};
}

/** Reads the device numbers of devices; other entries may have any bytes there. */
export function decodeDeviceNumbers(block: Uint8Array): { readonly major: number; readonly minor: number } {
	return {
		major: decodeNumberField(block, 329, 8, "device major"),
		minor: decodeNumberField(block, 337, 8, "device minor"),
	};
}

/** A name field: up to its NUL, or whole. */
export function textField(block: Uint8Array, start: number, length: number): ByteString {
	const end = block.indexOf(0, start);
	return byteString(block.subarray(start, end < 0 || end > start + length ? start + length : end));
}

/** Sum of all bytes with the checksum field as spaces; old tars summed signed bytes. */
function verifyChecksum(block: Uint8Array): void {
	let unsigned = 8 * 0x20;
	let high = 0;
	for (let i = 0; i < BLOCK_SIZE; i++) {
		if (i === CHECKSUM.start) i = CHECKSUM.end;
		const byte = block[i]!;
		unsigned += byte;
		high += byte >> 7;
	}
	const stored = decodeNumberField(block, CHECKSUM.start, 8, "checksum");
	if (stored !== unsigned && stored !== unsigned - 256 * high) {
		throw new TarFault("ERR_TAR_HEADER", `checksum: expected ${unsigned}, got ${stored}`);
	}
}

function headerFormat(block: Uint8Array): HeaderFormat {
	const magic = byteString(block.subarray(257, 265));
	if (magic === "ustar  \0") return "gnu";
	if (!magic.startsWith("ustar\0")) return "v7";
	return byteString(block.subarray(508, 512)) === "tar\0" ? "star" : "ustar";
}

function headerPrefix(block: Uint8Array, format: HeaderFormat): ByteString {
	if (format === "ustar") return textField(block, 345, 155);
	if (format === "star") return textField(block, 345, 131);
	return format === "gnu" && block[345] !== 0 ? misplacedPrefix(block) : ("" as ByteString);
}

/**
 * GNU headers have access and change times where ustar has its prefix. Go before 1.8 wrote
 * a prefix there nevertheless; it shows in times that are not numbers.
 */
function misplacedPrefix(block: Uint8Array): ByteString {
	try {
		decodeNumberField(block, 345, 12, "atime");
		decodeNumberField(block, 357, 12, "ctime");
		return "" as ByteString;
	} catch {
		const prefix = textField(block, 345, 155);
		return ASCII.test(prefix) ? prefix : ("" as ByteString);
	}
}

function joinPrefix(prefix: ByteString, name: ByteString): ByteString {
	return prefix === "" ? name : (`${prefix}/${name}` as ByteString);
}
