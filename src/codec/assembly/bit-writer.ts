/** A stream of bits, low ones first, as deflate and zstd write them. */
let buffer: u64 = 0;
let filled: u64 = 0;
let out: usize = 0;

export function beginBits(at: usize): void {
	buffer = 0;
	filled = 0;
	out = at;
}

/** Writes on at another place; bits that do not fill a byte yet go along. */
export function moveBits(at: usize): void {
	out = at;
}

/** Address after the last whole byte. */
export function bitsEnd(): usize {
	return out;
}

/** Writes `bits`, which must be below 1 << count; at most 57 at a time. */
export function putBits(bits: u64, count: u64): void {
	buffer |= bits << filled;
	filled += count;
	store<u64>(out, buffer);
	out += <usize>(filled >>> 3);
	buffer >>>= filled & ~7;
	filled &= 7;
}

/** Fills the last byte with zeros; returns the address after it. */
export function finishBits(): usize {
	putBits(0, (8 - filled) & 7);
	return out;
}

/** Ends a stream that is read backwards: a set bit marks its end. */
export function finishMarked(): usize {
	putBits(1, 1);
	return finishBits();
}
