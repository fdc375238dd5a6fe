/**
 * Encoding side of finite state entropy (RFC 8878, section 4.1): from counts to a distribution,
 * its description, its encoding table, and its cost.
 *
 * Memory: NORMALIZED i16 per symbol: states it gets, the distribution made last. An encoding
 * table (TABLE_SIZE bytes) has 512 u16, the next states sorted by symbol, then per symbol (64)
 * what picks among them: bits, u32, and start, i32.
 */
import { beginBits, finishBits, putBits } from "./bit-writer";
import { log2 } from "./entropy";
import { spreadSymbols } from "./fse";

export const NORMALIZED: usize = memory.data(64 * 2, 16);
const SPREAD: usize = memory.data(512, 16);
const PLACES: usize = memory.data(64 * 2, 16);
const SYMBOLS_PART: usize = 1024;
export const TABLE_SIZE: i32 = 1024 + 64 * 8;

function statesOf(symbol: u32): i32 {
	return load<i16>(NORMALIZED + (symbol << 1));
}

function countOf(counts: usize, symbol: u32): u32 {
	return load<u32>(counts + (symbol << 2));
}

/** What a symbol's cost changes by when its states go from `from` to `to`, in 1/256 bit. */
function change(count: u32, from: i32, to: i32): i64 {
	return <i64>count * (<i64>log2(from) - <i64>log2(to));
}

/** Gives one state more (+1) or less (-1) where that costs least. */
function adjust(counts: usize, symbols: u32, by: i32): void {
	let best: i64 = i64.MAX_VALUE;
	let chosen: u32 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		const states = statesOf(symbol);
		if (states + by < 1 || states == 0) continue;
		const cost = change(countOf(counts, symbol), states, states + by);
		if (cost < best) {
			best = cost;
			chosen = symbol;
		}
	}
	store<i16>(NORMALIZED + (chosen << 1), statesOf(chosen) + by);
}

/**
 * Shares 1 << log states out by `counts` (u32 per symbol): one at least to each that occurs.
 * @param quick what rounding leaves over or lacks goes to the symbol with the most states, where
 * these are many more, and not where it costs least.
 */
export function normalize(counts: usize, symbols: u32, log: u32, quick: bool): void {
	let total: u64 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) total += countOf(counts, symbol);
	let left: i32 = 1 << log;
	let most: i32 = 0;
	let often: u32 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		const count = <u64>countOf(counts, symbol);
		const states = count == 0 ? 0 : max<i32>(1, <i32>(((count << (log + 1)) / total + 1) >>> 1));
		store<i16>(NORMALIZED + (symbol << 1), states);
		left -= states;
		if (states <= most) continue;
		most = states;
		often = symbol;
	}
	if (quick && most + 4 * left > 0) {
		store<i16>(NORMALIZED + (often << 1), most + left);
		return;
	}
	for (; left > 0; left--) adjust(counts, symbols, 1);
	for (; left < 0; left++) adjust(counts, symbols, -1);
}

/** Bits that `counts` cost with the distribution `states` (i16 per symbol); a lot if it lacks one. */
export function codedBits(counts: usize, symbols: u32, states: usize, statesSymbols: u32, log: u32): u32 {
	let bits: u64 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		const count = countOf(counts, symbol);
		if (count == 0) continue;
		const given = symbol < statesSymbols ? <i32>load<i16>(states + (symbol << 1)) : 0;
		if (given == 0) return u32.MAX_VALUE;
		bits += <u64>count * ((log << 8) - log2(max(given, 1)));
	}
	return <u32>((bits + 255) >>> 8);
}

/** Runs of symbols that do not occur: two bits each, 3 says that another follows. */
function writeZeros(zeros: u32): void {
	for (; zeros >= 3; zeros -= 3) putBits(3, 2);
	putBits(zeros, 2);
}

/** Writes the description of NORMALIZED (section 4.1.1); returns its end. */
export function writeDistribution(to: usize, symbols: u32, log: u32): usize {
	beginBits(to);
	putBits(log - 5, 4);
	let remaining: i32 = (1 << log) + 1;
	let threshold: i32 = 1 << log;
	let width: u32 = log + 1;
	for (let symbol: u32 = 0; remaining > 1; ) {
		const states = statesOf(symbol++);
		// The lowest values need a bit less: so many of the range's values cannot occur.
		const spare = 2 * threshold - 1 - remaining;
		const value = states + 1;
		putBits(value < threshold ? value : value + spare, value < spare ? width - 1 : width);
		remaining -= states;
		for (; remaining < threshold; threshold >>= 1) width--;
		if (states > 0) continue;
		const first = symbol;
		while (symbol < symbols && statesOf(symbol) == 0) symbol++;
		writeZeros(symbol - first);
	}
	return finishBits();
}

/** @param states i16 per symbol; -1 counts as one. */
export function buildEncoder(table: usize, states: usize, symbols: u32, log: u32): void {
	const size: u32 = 1 << log;
	spreadSymbols(states, symbols, log, SPREAD);
	let total: u32 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		const given = <u32>abs(<i32>load<i16>(states + (symbol << 1)));
		store<u16>(PLACES + (symbol << 1), total);
		if (given == 0) continue;
		const pick = table + SYMBOLS_PART + (symbol << 3);
		const most = given == 1 ? log : log - (31 - clz(given - 1));
		store<u32>(pick, (most << 16) - (given << most));
		store<i32>(pick, <i32>total - <i32>given, 4);
		total += given;
	}
	for (let state: u32 = 0; state < size; state++) {
		const place = PLACES + ((<usize>load<u8>(SPREAD + state)) << 1);
		const index = <u32>load<u16>(place);
		store<u16>(place, index + 1);
		store<u16>(table + (index << 1), size + state);
	}
}

/** The table that always codes one symbol, in no bits. */
export function buildSingleEncoder(table: usize, symbol: u32): void {
	const pick = table + SYMBOLS_PART + (symbol << 3);
	store<u32>(pick, 0);
	store<i32>(pick, 0, 4);
	store<u16>(table, 0);
	store<u16>(table, 0, 2);
}

/** What picks among the states of a symbol: bits, u32, and start, i32. */
export function symbolPick(table: usize, symbol: u32): u64 {
	return load<u64>(table + SYMBOLS_PART + (symbol << 3));
}

/** How many bits leave the state when the symbol of `pick` is coded. */
export function pickedBits(pick: u64, state: u32): u32 {
	return (state + <u32>pick) >>> 16;
}

/** The state after `bits` have left. */
export function pickedState(table: usize, pick: u64, state: u32, bits: u32): u32 {
	return load<u16>(table + ((<usize>(<i32>(state >>> bits) + <i32>(pick >> 32))) << 1));
}

/** How many bits leave the state when `symbol` is coded. */
export function outgoingBits(table: usize, state: u32, symbol: u32): u32 {
	return (state + load<u32>(table + SYMBOLS_PART + (symbol << 3))) >>> 16;
}

/** Writes the low `bits` of a state. */
export function putState(state: u32, bits: u32): void {
	putBits(state & ((1 << bits) - 1), bits);
}

/** The state after `bits` have left. */
export function nextState(table: usize, state: u32, symbol: u32, bits: u32): u32 {
	const start = load<i32>(table + SYMBOLS_PART + (symbol << 3), 4);
	return load<u16>(table + ((<usize>(<i32>(state >>> bits) + start)) << 1));
}

/** The state that begins (that is, ends) with `symbol`: its first, which is never left in 0 bits. */
export function firstState(table: usize, symbol: u32): u32 {
	const pick = load<u32>(table + SYMBOLS_PART + (symbol << 3));
	const bits = (pick + (1 << 15)) >>> 16;
	return nextState(table, (bits << 16) - pick, symbol, bits);
}
