/** The symbols of deflate (RFC 1951, section 3.2.5) that lengths and distances have, and their extra bits. */

/** Literals and lengths: symbols, 286 and 287 unused. */
export const LITERALS: i32 = 288;
/** Distances: symbols, 30 and 31 unused. */
export const DISTANCES: i32 = 32;
export const END_OF_BLOCK: u32 = 256;

export function lengthSymbol(length: u32): u32 {
	if (length == 258) return 285;
	const value = length - 3;
	if (value < 8) return 257 + value;
	const log = 31 - clz(value);
	return 257 + ((log - 1) << 2) + ((value >>> (log - 2)) & 3);
}

export function lengthExtraBits(length: u32): u32 {
	return length < 11 || length == 258 ? 0 : 29 - clz(length - 3);
}

export function distanceSymbol(distance: u32): u32 {
	const value = distance - 1;
	if (value < 4) return value;
	const log = 31 - clz(value);
	return (log << 1) + ((value >>> (log - 1)) & 1);
}

export function distanceExtraBits(distance: u32): u32 {
	return distance < 5 ? 0 : 30 - clz(distance - 1);
}
