/**
 * How often each literal and each code of sequences occurs in what is parsed: one histogram of
 * u32 per literal byte, then 64 for each kind of code.
 */

const KIND: usize = 64 * 4;
export const HISTOGRAM_SIZE: usize = 256 * 4 + 3 * KIND;

/** The histogram that prices and tables are made of. */
export const LITERAL_COUNTS: usize = memory.data(1792, 16);
export const LENGTH_COUNTS: usize = LITERAL_COUNTS + 1024;
export const OFFSET_COUNTS: usize = LENGTH_COUNTS + KIND;
export const MATCH_COUNTS: usize = OFFSET_COUNTS + KIND;

export function countOf(counts: usize, code: u32): u32 {
	return load<u32>(counts + (code << 2));
}

export function increment(counts: usize, code: u32): void {
	const slot = counts + (code << 2);
	store<u32>(slot, load<u32>(slot) + 1);
}

export function countBytes(counts: usize, from: usize, end: usize): void {
	for (; from < end; from++) increment(counts, load<u8>(from));
}

/** Adds one histogram to another. */
export function addHistogram(to: usize, from: usize): void {
	for (let at: usize = 0; at < HISTOGRAM_SIZE; at += 16) {
		v128.store(to + at, i32x4.add(v128.load(to + at), v128.load(from + at)));
	}
}
