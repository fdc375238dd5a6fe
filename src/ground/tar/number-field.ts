import { TarFault } from "./errors.js";

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;

/**
 * A number field of a tar header: octal digits among spaces and NULs, or base-256
 * (two's complement) when the first byte's high bit is set. An empty field is 0.
 *
 * @returns exact up to 2^53, beyond that close enough to be out of every range.
 * @throws TarFault ERR_TAR_HEADER when the field is neither.
 */
export function decodeNumberField(block: Uint8Array, start: number, length: number, field: string): number {
	const value =
		block[start]! >= 0x80 ? decodeBase256(block, start, length) : decodeOctal(block, start, start + length);
	if (value === undefined) {
		const text = Buffer.from(block.subarray(start, start + length)).toString("latin1");
		throw new TarFault("ERR_TAR_HEADER", `${field}: expected an octal number, got ${JSON.stringify(text)}`);
	}
	return value;
}

function decodeOctal(block: Uint8Array, start: number, end: number): number | undefined {
	let first = start;
	let last = end;
	while (first < last && isBlank(block[first]!)) first++;
	while (last > first && isBlank(block[last - 1]!)) last--;
	let value = 0;
	for (let i = first; i < last; i++) {
		const byte = block[i]!;
		if (byte === 0) break;
		if (byte < ZERO || byte > SEVEN) return undefined;
		value = value * 8 + (byte - ZERO);
	}
	return value;
}

function isBlank(byte: number): boolean {
	return byte === SPACE || byte === 0;
}

function decodeBase256(block: Uint8Array, start: number, length: number): number {
	const negative = (block[start]! & 0x40) !== 0;
	// Of a negative number the complement is summed up, so that small ones stay exact.
	const flip = negative ? 0xff : 0;
	let value = (block[start]! ^ flip) & 0x3f;
	for (let i = start + 1; i < start + length; i++) value = value * 256 + (block[i]! ^ flip);
	return negative ? -1 - value : value;
}
