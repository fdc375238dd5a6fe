/**
 * What the optimal parser takes codes to cost, in 1/256 bit: by what a parse has counted, or a guess before the
 * first one. LITERAL_PRICES, OFFSET_PRICES, LENGTH_PRICES by code; MATCH_PRICES by match length; RUN_STEPS by length
 * of a run, what one more literal adds to the price of the run.
 */

import { log2 } from "./entropy";
import * as codes from "./zstd-codes";
import { LONGEST } from "./zstd-matches";
import { literalLengthCode, matchLengthCode } from "./zstd-sequence-encoder";
import {
	countBytes,
	countOf,
	LENGTH_COUNTS,
	LITERAL_COUNTS,
	MATCH_COUNTS,
	OFFSET_COUNTS,
} from "./zstd-statistics";

const LITERAL_PRICES: usize = memory.data(256 * 4, 16);
const LENGTH_PRICES: usize = memory.data(36 * 4, 16);
const OFFSET_PRICES: usize = memory.data(32 * 4, 16);
/** Prices after the last are read, four at a time, and not used. */
export const MATCH_PRICES: usize = memory.data(4100 * 4, 16);
const CODE_PRICES: usize = memory.data(64 * 4, 16);
/** Longer runs change their price where their length reaches a power of two. */
const SHORT_RUN: u32 = 64;
const RUN_STEPS: usize = memory.data(64 * 4, 16);

/** The ideal price of each symbol by its count; one that did not occur is rare. */
function fillPrices(counts: usize, symbols: u32, prices: usize): void {
	let total: u32 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) total += countOf(counts, symbol) * 2 + 1;
	const whole = log2(total);
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		store<u32>(prices + (symbol << 2), whole - log2(countOf(counts, symbol) * 2 + 1));
	}
}

function fillMatchPrices(): void {
	fillPrices(MATCH_COUNTS, codes.MATCH_LENGTH_CODES, CODE_PRICES);
	for (let length: u32 = codes.LEAST_MATCH; length <= LONGEST; length++) {
		const code = matchLengthCode(length);
		const price = countOf(CODE_PRICES, code) + ((<u32>codes.MATCH_LENGTH_EXTRA[code]) << 8);
		store<u32>(MATCH_PRICES + (length << 2), price);
	}
}

/** Prices by what LITERAL_COUNTS, LENGTH_COUNTS, OFFSET_COUNTS and MATCH_COUNTS hold. */
export function learnPrices(): void {
	fillPrices(LITERAL_COUNTS, 256, LITERAL_PRICES);
	fillPrices(LENGTH_COUNTS, codes.LITERAL_LENGTH_CODES, LENGTH_PRICES);
	fillPrices(OFFSET_COUNTS, codes.OFFSET_CODES, OFFSET_PRICES);
	for (let code: u32 = 0; code < codes.OFFSET_CODES; code++) {
		const slot = OFFSET_PRICES + (code << 2);
		store<u32>(slot, load<u32>(slot) + (code << 8));
	}
	for (let code: u32 = 0; code < codes.LITERAL_LENGTH_CODES; code++) {
		const slot = LENGTH_PRICES + (code << 2);
		store<u32>(slot, load<u32>(slot) + ((<u32>codes.LITERAL_LENGTH_EXTRA[code]) << 8));
	}
	fillMatchPrices();
	fillRunSteps();
}

/** How often codes occur in program files and documents, roughly; the rest once. */
const USUAL_LENGTHS: StaticArray<u8> = [24, 30, 18, 8, 6, 5, 4, 3, 2, 2, 2, 2];
const USUAL_MATCHES: StaticArray<u8> = [
	24, 14, 12, 10, 8, 6, 5, 5, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
	2, 2, 2, 2, 2, 2, 2,
];
const USUAL_OFFSETS: StaticArray<u8> = [40, 10, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8, 8, 8, 7, 6, 5, 4, 3];

function fillCounts(counts: usize, usual: StaticArray<u8>): void {
	for (let code = 0; code < 64; code++) {
		store<u32>(counts + ((<usize>code) << 2), code < usual.length ? 8 * <u32>usual[code] : 4);
	}
}

/** Prices before anything is known of the block but its bytes. */
export function guessPrices(from: usize, end: usize): void {
	memory.fill(LITERAL_COUNTS, 0, 1024);
	countBytes(LITERAL_COUNTS, from, end);
	fillCounts(LENGTH_COUNTS, USUAL_LENGTHS);
	fillCounts(OFFSET_COUNTS, USUAL_OFFSETS);
	fillCounts(MATCH_COUNTS, USUAL_MATCHES);
	learnPrices();
}

function fillRunSteps(): void {
	for (let run: u32 = 0; run < SHORT_RUN; run++) {
		store<u32>(RUN_STEPS + (run << 2), runPrice(run + 1) - runPrice(run));
	}
}

export function runPrice(run: u32): u32 {
	return load<u32>(LENGTH_PRICES + (literalLengthCode(run) << 2));
}

/** Price of a literal after `run` others. */
export function literalPrice(byte: u32, run: u32): u32 {
	const step = run < SHORT_RUN ? load<u32>(RUN_STEPS + (run << 2)) : runPrice(run + 1) - runPrice(run);
	return load<u32>(LITERAL_PRICES + (byte << 2)) + step;
}

/** Price of an offset by the value that names it. */
export function offsetPrice(value: u32): u32 {
	return load<u32>(OFFSET_PRICES + ((31 - clz(value)) << 2));
}
