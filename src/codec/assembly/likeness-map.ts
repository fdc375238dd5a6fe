/**
 * Memory map of likeness: PLACES u32 per value of a digit, for each of the three digits of a hash; BEST u64 per
 * partner that is kept of a piece, likeness above and what the partner's number lacks to 2^32 - 1 below; STEP_PLACES
 * u32 per step of likeness; then, for the N pieces and samples with H hashes of `prepare`: COUNTS (hashes), SIZES
 * (bytes), ROOTS and, while pieces are compared, SHARED (hashes), PARTNERS u32 per piece; STARTS N + 2 u32, first
 * where the samples begin and then runs; ENTRIES and OTHER u64 per hash, at OTHER first the samples; and from `pairs` on, as far as memory grows, twelve bytes for each pair.
 */
export const MAP_BEGIN: usize = 0x10000;
export const PLACES: usize = MAP_BEGIN;
export const BEST: usize = 0x12000;
export const STEP_PLACES: usize = 0x13000;
const FIXED_END: usize = 0x18000;

export const DIGIT_BITS: u32 = 9;
/** Hashes are below 2^27. */
export const DIGITS: u32 = 3;
/** Pairs kept of each piece with later ones: the most alike. */
export const MOST_PARTNERS: u32 = 64;

export let counts: usize = 0;
export let sizes: usize = 0;
export let roots: usize = 0;
export let shared: usize = 0;
export let partners: usize = 0;
export let starts: usize = 0;
/** Hashes with their pieces, in the order that was reached. */
export let entries: usize = 0;
/** Where they go in the next round of sorting; before the first one the samples, after the last one the runs. */
export let other: usize = 0;
export let pairs: usize = 0;

/** Makes room for so many pieces, with samples of so many bytes together. */
export function prepare(pieces: usize, bytes: usize): void {
	const words = (pieces + 2) << 2;
	counts = FIXED_END;
	sizes = counts + words;
	roots = sizes + words;
	shared = roots + words;
	partners = shared + words;
	starts = partners + words;
	// Hashes are words of the samples, so that twice the bytes are enough for all entries.
	entries = (starts + words + 7) & ~7;
	other = entries + (bytes << 1);
	pairs = other + (bytes << 1);
	reserve(pairs);
}

/** Has the memory grow, by a mebibyte at least, if it ends before `end`. */
export function reserve(end: usize): void {
	const missing = <i32>((end + 0xffff) >>> 16) - memory.size();
	if (missing > 0) memory.grow(max(missing, 16));
}

export function swapEntries(): void {
	const sorted = other;
	other = entries;
	entries = sorted;
}

/** Where each piece's sample begins among the samples, u32. */
export function startsAddress(): usize {
	return starts;
}

export function samplesAddress(): usize {
	return other;
}

/** For each piece the first one that it is joined with, u32. */
export function rootsAddress(): usize {
	return roots;
}
