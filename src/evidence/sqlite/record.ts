import { SqliteFault } from "./errors.js";

/** A value of a row. Integers beyond 2^53 lose digits, as nothing here needs them. */
export type SqliteValue = null | number | string | Uint8Array;

/** Reads a varint of 1..9 bytes. The highest bit of each of the first eight means that another byte follows. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
	let value = 0;
	for (let i = 0; i < 9; i++) {
		const byte = bytes[at + i];
		if (byte === undefined) throw new SqliteFault("a number goes beyond its page");
		if (i === 8) return { value: value * 256 + byte, end: at + 9 };
		value = value * 128 + (byte & 0x7f);
		if (byte < 0x80) return { value, end: at + i + 1 };
	}
	return { value, end: at + 9 };
}

/** Decodes the first columns of a row (https://www.sqlite.org/fileformat2.html, part 2.1). */
export function decodeRecord(payload: Buffer, columns: number): SqliteValue[] {
	const header = readVarint(payload, 0);
	const values: SqliteValue[] = [];
	let at = header.end;
	let body = header.value;
	while (at < header.value && values.length < columns) {
		const type = readVarint(payload, at);
		const size = valueSize(type.value);
		if (body + size > payload.length) throw new SqliteFault("a value goes beyond its row");
		values.push(decodeValue(payload.subarray(body, body + size), type.value));
		at = type.end;
		body += size;
	}
	return values;
}

const FIXED_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function valueSize(type: number): number {
	if (type >= 12) return Math.floor((type - 12) / 2);
	const size = FIXED_SIZES[type];
	if (size === undefined) throw new SqliteFault(`expected a known type of value, got ${type}`);
	return size;
}

function decodeValue(bytes: Buffer, type: number): SqliteValue {
	if (type === 0) return null;
	if (type === 7) return bytes.readDoubleBE(0);
	if (type === 8 || type === 9) return type - 8;
	if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString("utf8");
	return type === 6 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, bytes.length);
}
