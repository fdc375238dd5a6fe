/**
 * Decoding tables of finite state entropy (RFC 8878, section 4.1.1).
 *
 * A table has one u64 a state: value of the symbol (bits 0-31), first next state (32-47),
 * bits to add to it (48-55), extra bits of the symbol's value (56-63).
 *
 * Memory: COUNTS i16 per symbol; SPREAD u8 per state; NEXT u16 per symbol.
 */
import { spreadSymbols } from "./fse";

export const COUNTS: usize = memory.data(256 * 2, 16);
const SPREAD: usize = memory.data(512, 16);
const NEXT: usize = memory.data(256 * 2, 16);

let log: u32 = 0;
let symbols: u32 = 0;

/** Of the distribution read last. */
export function distributionLog(): u32 {
	return log;
}

/** How many symbols the distribution read last goes up to. */
export function distributionSymbols(): u32 {
	return symbols;
}

/**
 * Reads a distribution into COUNTS.
 * @returns bytes it took, or 0 when it is damaged.
 */
export function readDistribution(from: usize, end: usize, mostSymbols: u32, mostLog: u32): usize {
	if (from >= end) return 0;
	let bit: usize = 4;
	log = (load<u8>(from) & 15) + 5;
	if (log > mostLog) return 0;
	let remaining: i32 = (1 << log) + 1;
	let threshold: i32 = 1 << log;
	let width: u32 = log + 1;
	symbols = 0;
	while (remaining > 1) {
		if (symbols >= mostSymbols || from + (bit >>> 3) >= end) return 0;
		const bits = <i32>(load<u32>(from + (bit >>> 3)) >>> (<u32>bit & 7));
		// The lowest values need a bit less: so many of the range's values cannot occur.
		const spare = 2 * threshold - 1 - remaining;
		let value = bits & (threshold - 1);
		if (value < spare) bit += width - 1;
		else {
			value = bits & (2 * threshold - 1);
			if (value >= threshold) value -= spare;
			bit += width;
		}
		const count = value - 1;
		remaining -= count < 0 ? 1 : count;
		store<i16>(COUNTS + (symbols++ << 1), count);
		if (count == 0) bit = readZeros(from, end, bit, mostSymbols);
		for (; remaining < threshold; threshold >>= 1) width--;
	}
	const taken = (bit + 7) >>> 3;
	return remaining == 1 && symbols <= mostSymbols && taken <= end - from ? taken : 0;
}

/** Runs of symbols that do not occur: two bits each, 3 says that another follows. */
function readZeros(from: usize, end: usize, bit: usize, mostSymbols: u32): usize {
	let run: u32 = 3;
	while (run == 3 && from + (bit >>> 3) < end) {
		run = (<u32>load<u16>(from + (bit >>> 3)) >>> (<u32>bit & 7)) & 3;
		bit += 2;
		for (let i: u32 = 0; i < run && symbols < mostSymbols; i++) store<i16>(COUNTS + (symbols++ << 1), 0);
	}
	return bit;
}

/** @param values u32 and @param extra u8 per symbol: value, and how many bits follow to add to it. */
export function buildTable(
	table: usize,
	counts: usize,
	count: u32,
	tableLog: u32,
	values: usize,
	extra: usize,
): void {
	spreadSymbols(counts, count, tableLog, SPREAD);
	for (let symbol: u32 = 0; symbol < count; symbol++) {
		const states = load<i16>(counts + (symbol << 1));
		store<u16>(NEXT + (symbol << 1), states == -1 ? 1 : states);
	}
	for (let state: u32 = 0; state < (<u32>1) << tableLog; state++) {
		const symbol = <u32>load<u8>(SPREAD + state);
		const next = <u32>load<u16>(NEXT + (symbol << 1));
		store<u16>(NEXT + (symbol << 1), next + 1);
		const bits = tableLog - (31 - clz(next));
		const first = (next << bits) - (1 << tableLog);
		const high = first | (bits << 16) | ((<u32>load<u8>(extra + symbol)) << 24);
		store<u64>(table + (state << 3), load<u32>(values + (symbol << 2)) | ((<u64>high) << 32));
	}
}

/** A table of one state that always gives the same symbol. */
export function buildSingleTable(table: usize, value: u32, extra: u32): void {
	store<u64>(table, value | ((<u64>extra) << 56));
}
