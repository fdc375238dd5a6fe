import { type ByteString, byteString, displayByteString } from "../bytes/index.js";
import { TarFault } from "./errors.js";

/** The records of one pax extended header (POSIX.1-2001 pax, "Extended Header"). */
export interface PaxRecords {
	/** Keyword to value; an empty value takes back what an earlier record said. */
	readonly values: ReadonlyMap<ByteString, ByteString>;
	/** GNU sparse 0.0 repeats its keywords: their values in order, offset and length in turn. */
	readonly sparseNumbers: readonly ByteString[];
}

export const NO_RECORDS: PaxRecords = { values: new Map(), sparseNumbers: [] };

/** Keywords whose values become names and so must not hold a NUL. */
const NAME_KEYWORDS: ReadonlySet<string> = new Set(["path", "linkpath", "uname", "gname", "GNU.sparse.name"]);

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

/**
 * Parses `<length> <keyword>=<value>\n` records; values are bytes, with newlines and NULs.
 * @throws TarFault ERR_TAR_PAX at the first record that is malformed.
 */
export function decodePaxRecords(bytes: Uint8Array): PaxRecords {
	const values = new Map<ByteString, ByteString>();
	const sparseNumbers: ByteString[] = [];
	for (let start = 0; start < bytes.length; ) {
		const { keyword, value, end } = decodeRecord(bytes, start);
		if (keyword === "GNU.sparse.offset" || keyword === "GNU.sparse.numbytes") {
			checkSparseTurn(keyword, sparseNumbers.length);
			sparseNumbers.push(value);
		} else if (value === "") values.delete(keyword);
		else values.set(keyword, value);
		start = end;
	}
	return { values, sparseNumbers };
}

function decodeRecord(
	bytes: Uint8Array,
	start: number,
): { readonly keyword: ByteString; readonly value: ByteString; readonly end: number } {
	const space = bytes.indexOf(SPACE, start);
	const digits = byteString(bytes.subarray(start, Math.min(space < 0 ? start : space, start + 11)));
	const end = start + Number(digits);
	if (!/^\d{1,10}$/.test(digits) || end > bytes.length || end <= space) throw badRecord(start, "length");
	if (bytes[end - 1] !== NEWLINE) throw badRecord(start, "end");
	const equals = bytes.indexOf(EQUALS, space);
	if (equals <= space + 1 || equals >= end) throw badRecord(start, "keyword");
	const keyword = byteString(bytes.subarray(space + 1, equals));
	const value = byteString(bytes.subarray(equals + 1, end - 1));
	if (keyword.includes("\0") || (NAME_KEYWORDS.has(keyword) && value.includes("\0"))) {
		throw new TarFault("ERR_TAR_PAX", `pax record ${displayByteString(keyword)}: NUL in a name`);
	}
	return { keyword, value, end };
}

function badRecord(start: number, what: string): TarFault {
	return new TarFault("ERR_TAR_PAX", `pax record at ${start}: malformed ${what}`);
}

function checkSparseTurn(keyword: string, count: number): void {
	if ((keyword === "GNU.sparse.offset") !== (count % 2 === 0)) {
		throw new TarFault("ERR_TAR_SPARSE", `sparse map: ${keyword} out of turn`);
	}
}

/** A decimal record such as `uid` or `size`, or undefined where it is absent. */
export function paxInteger(records: PaxRecords, keyword: string): number | undefined {
	const match = matchRecord(records, keyword, /^-?\d+$/);
	return match === undefined ? undefined : Number(match[0]);
}

/** A time record in seconds, floored. The fraction is cut as text: as a number it would round up. */
export function paxTime(records: PaxRecords, keyword: string): number | undefined {
	const match = matchRecord(records, keyword, /^(-?\d+)(?:\.(\d*))?$/);
	if (match === undefined) return undefined;
	const below = match[0].startsWith("-") && /[1-9]/.test(match[2] ?? "");
	return Number(match[1]) - (below ? 1 : 0);
}

function matchRecord(records: PaxRecords, keyword: string, form: RegExp): RegExpExecArray | undefined {
	const value = records.values.get(keyword as ByteString);
	if (value === undefined) return undefined;
	const match = form.exec(value);
	if (match === null) {
		const shown = displayByteString(value);
		throw new TarFault("ERR_TAR_PAX", `pax record ${keyword}: expected a number, got "${shown}"`);
	}
	return match;
}
