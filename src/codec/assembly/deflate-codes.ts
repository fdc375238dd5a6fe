/**
 * Codes of deflate (RFC 1951, section 3.2.2), and how a block describes its two (section 3.2.7).
 *
 * A code is one u32 per symbol: bits | count << 24.
 */
import { putBits } from "./bit-writer";
import { increment } from "./deflate-pieces";
import { prefixCodeLengths } from "./prefix-code";

/** The run-length coded code lengths: u8 symbol, u8 extra value; and their code. */
const RUNS: usize = memory.data((288 + 32) * 2, 16);
/** Both lists of lengths, unused tails cut off, one after the other. */
const JOINED: usize = memory.data(288 + 32, 16);
const RUN_FREQUENCIES: usize = memory.data(19 * 4, 16);
const RUN_LENGTHS: usize = memory.data(32, 16);
const RUN_CODES: usize = memory.data(19 * 4, 16);
const RUN_ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

export function putCode(entry: u32): void {
	putBits(entry & 0xffffff, entry >>> 24);
}

function reverse(code: u32, length: u32): u32 {
	let reversed: u32 = 0;
	for (; length > 0; length--) {
		reversed = (reversed << 1) | (code & 1);
		code >>>= 1;
	}
	return reversed;
}

export function assignCodes(lengths: usize, symbols: usize, codes: usize): void {
	let code: u32 = 0;
	for (let length: u32 = 1; length <= 15; length++) {
		for (let symbol: usize = 0; symbol < symbols; symbol++) {
			if (load<u8>(lengths + symbol) != length) continue;
			store<u32>(codes + (symbol << 2), reverse(code++, length) | (length << 24));
		}
		code <<= 1;
	}
}

/** Appends up to `count` repetitions as one symbol of the description; returns how many. */
function putRun(at: usize, length: u32, count: usize, first: bool): usize {
	let symbol = length;
	let extra: usize = 0;
	let taken: usize = 1;
	if (length == 0 && count >= 3) {
		taken = min<usize>(count, 138);
		symbol = taken < 11 ? 17 : 18;
		extra = taken - (taken < 11 ? 3 : 11);
	} else if (!first && count >= 3) {
		taken = min<usize>(count, 6);
		symbol = 16;
		extra = taken - 3;
	}
	store<u8>(at, symbol);
	store<u8>(at, extra, 1);
	increment(RUN_FREQUENCIES + (symbol << 2));
	return taken;
}

/**
 * Run-length codes the lengths of both codes, and chooses the code of that description.
 * @param lengths of literals and lengths; @param distanceLengths of distances.
 * @returns the end of the description.
 */
export function describeLengths(
	lengths: usize,
	literals: usize,
	distanceLengths: usize,
	distances: usize,
): usize {
	memory.fill(RUN_FREQUENCIES, 0, 19 * 4);
	// The two lists are one sequence: runs may pass from the first to the second.
	memory.copy(JOINED, lengths, literals);
	memory.copy(JOINED + literals, distanceLengths, distances);
	const total = literals + distances;
	let run = RUNS;
	for (let at: usize = 0; at < total; ) {
		const length = <u32>load<u8>(JOINED + at);
		let count: usize = 1;
		while (at + count < total && load<u8>(JOINED + at + count) == length) count++;
		for (let first = true; count > 0; first = false) {
			const taken = putRun(run, length, count, first);
			run += 2;
			at += taken;
			count -= taken;
		}
	}
	prefixCodeLengths(RUN_FREQUENCIES, 19, 7, RUN_LENGTHS);
	return run;
}

function runExtraBits(symbol: u32): u32 {
	return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
}

function describedOrders(): usize {
	let count: usize = 19;
	while (count > 4 && load<u8>(RUN_LENGTHS + RUN_ORDER[<i32>count - 1]) == 0) count--;
	return count;
}

/** Returns the bits of a description. */
export function descriptionBits(end: usize): u32 {
	let bits: u32 = 14 + 3 * <u32>describedOrders();
	for (let run = RUNS; run < end; run += 2) {
		const symbol = <u32>load<u8>(run);
		bits += load<u8>(RUN_LENGTHS + symbol) + runExtraBits(symbol);
	}
	return bits;
}

/** Writes a description. */
export function putDescription(literals: usize, distances: usize, end: usize): void {
	const orders = describedOrders();
	putBits((literals - 257) | ((distances - 1) << 5) | ((orders - 4) << 10), 14);
	for (let i: usize = 0; i < orders; i++) putBits(load<u8>(RUN_LENGTHS + RUN_ORDER[<i32>i]), 3);
	assignCodes(RUN_LENGTHS, 19, RUN_CODES);
	for (let run = RUNS; run < end; run += 2) {
		const symbol = <u32>load<u8>(run);
		putCode(load<u32>(RUN_CODES + (symbol << 2)));
		putBits(load<u8>(run, 1), runExtraBits(symbol));
	}
}
