/**
 * How often each literal and each code of sequences occurs in what is parsed: one histogram of
 * u32 per literal byte, then 64 for each kind of code.
 */
import { addFour } from "./wide";

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

/** Four histograms of bytes, so that equal neighbours need not wait for each other. */
const LANES: usize = memory.data(4 * 1024, 16);
/** Fewer bytes than this are counted directly. */
const FEW_BYTES: usize = 256;

function incrementByte(lane: usize, byte: u64): void {
	const slot = lane + ((<usize>byte & 255) << 2);
	store<u32>(slot, load<u32>(slot) + 1);
}

/** Adds the bytes from `from` to `end` to a histogram. */
export function countBytes(counts: usize, from: usize, end: usize): void {
	if (end - from >= FEW_BYTES) {
		memory.fill(LANES, 0, 4 * 1024);
		for (; from + 8 <= end; from += 8) {
			const word = load<u64>(from);
			incrementByte(LANES, word);
			incrementByte(LANES + 1024, word >> 8);
			incrementByte(LANES + 2048, word >> 16);
			incrementByte(LANES + 3072, word >> 24);
			incrementByte(LANES, word >> 32);
			incrementByte(LANES + 1024, word >> 40);
			incrementByte(LANES + 2048, word >> 48);
			incrementByte(LANES + 3072, word >> 56);
		}
		for (let at: usize = 0; at < 1024; at += 16) {
			addFour(LANES + at, LANES + at, LANES + 1024 + at);
			addFour(LANES + 2048 + at, LANES + 2048 + at, LANES + 3072 + at);
			addFour(counts + at, counts + at, LANES + at);
			addFour(counts + at, counts + at, LANES + 2048 + at);
		}
	}
	for (; from < end; from++) increment(counts, load<u8>(from));
}

/** Adds one histogram to another. */
export function addHistogram(to: usize, from: usize): void {
	for (let at: usize = 0; at < HISTOGRAM_SIZE; at += 16) {
		addFour(to + at, to + at, from + at);
	}
}
