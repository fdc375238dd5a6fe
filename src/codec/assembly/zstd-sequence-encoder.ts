/**
 * Sequences sections of zstd blocks (RFC 8878, section 3.1.1.3.2).
 *
 * A sequence is 16 bytes: literal length, match length, distance (u32 each), its three codes
 * and the name of its distance (u8 each): 1..3 where it repeats an offset, else 0. `nameSequence`
 * fills in the codes and the name.
 *
 * Memory: an encoding table per kind (literal length, offset, match length).
 */
import {
	buildEncoder,
	buildSingleEncoder,
	codedBits,
	firstState,
	NORMALIZED,
	normalize,
	pickedBits,
	pickedState,
	symbolPick,
	TABLE_SIZE,
	writeDistribution,
} from "./fse-encoder";
import * as codes from "./zstd-codes";
import { nameOffset } from "./zstd-offsets";
import { increment, LENGTH_COUNTS, MATCH_COUNTS, OFFSET_COUNTS } from "./zstd-statistics";

export const SEQUENCE_SIZE: usize = 16;
export const LENGTH_CODE: usize = 12;
const OFFSET_CODE: usize = 13;
const MATCH_CODE: usize = 14;
const NAME: usize = 15;
/** Offset values up to this name repeated offsets. */
const NAMES: u32 = 3;

const LENGTH_ENCODER: usize = memory.data(TABLE_SIZE, 16);
const OFFSET_ENCODER: usize = memory.data(TABLE_SIZE, 16);
const MATCH_ENCODER: usize = memory.data(TABLE_SIZE, 16);
const BEST_STATES: usize = memory.data(64 * 2, 16);
/** Codes of the short literal lengths and match lengths (less 3). */
const SHORT_LENGTH_CODES: usize = memory.data(64, 16);
const SHORT_MATCH_CODES: usize = memory.data(128, 16);

function fillShortCodes(table: usize, size: u32, extra: StaticArray<u8>): void {
	let value: u32 = 0;
	for (let code = 0; value < size; code++) {
		const next = value + (1 << extra[code]);
		for (; value < min(next, size); value++) store<u8>(table + value, code);
	}
}
fillShortCodes(SHORT_LENGTH_CODES, 64, codes.LITERAL_LENGTH_EXTRA);
fillShortCodes(SHORT_MATCH_CODES, 128, codes.MATCH_LENGTH_EXTRA);

export function literalLengthCode(length: u32): u32 {
	return length < 64 ? <u32>load<u8>(SHORT_LENGTH_CODES + length) : 50 - clz(length);
}

export function matchLengthCode(length: u32): u32 {
	const value = length - codes.LEAST_MATCH;
	return value < 128 ? <u32>load<u8>(SHORT_MATCH_CODES + value) : 67 - clz(value);
}

export function offsetCode(value: u32): u32 {
	return 31 - clz(value);
}

/**
 * Names the distance of a sequence after the repeated offsets of now, which it changes, notes its codes
 * and counts them in the three histograms at `counts`. @returns the length of its match.
 */
export function nameSequence(sequence: usize, counts: usize): u32 {
	const run = load<u32>(sequence);
	const length = load<u32>(sequence, 4);
	const value = nameOffset(load<u32>(sequence, 8), run);
	const name = value <= NAMES ? value : 0;
	const lengthCode = literalLengthCode(run);
	const offset = offsetCode(value);
	const match = matchLengthCode(length);
	store<u32>(sequence, lengthCode | (offset << 8) | (match << 16) | (name << 24), LENGTH_CODE);
	increment(counts, lengthCode);
	increment(counts + (OFFSET_COUNTS - LENGTH_COUNTS), offset);
	increment(counts + (MATCH_COUNTS - LENGTH_COUNTS), match);
	return length;
}

/** Names the sequences from `from` to `end` and makes the histograms of codes theirs. */
export function countCodes(from: usize, end: usize): void {
	memory.fill(LENGTH_COUNTS, 0, 3 * 256);
	for (; from < end; from += SEQUENCE_SIZE) nameSequence(from, LENGTH_COUNTS);
}

// Tables: mode 0 predefined, 1 one symbol, 2 described

let out: usize = 0;
let chosenLog: u32 = 0;

function usedCodes(counts: usize): u32 {
	let last: u32 = 63;
	while (load<u32>(counts + (last << 2)) == 0) last--;
	return last + 1;
}

/** Whether one table length is tried for each kind of code, by how many there are, and not all. */
let isQuick = false;

export function configureSequences(quick: bool): void {
	isQuick = quick;
}

/** The usual table, or one of the length that the number of codes suggests. */
function chooseQuickly(
	counts: usize,
	symbols: u32,
	total: u32,
	encoder: usize,
	usual: StaticArray<i16>,
	usualLog: u32,
	most: u32,
	least: u32,
): u32 {
	const needed = max<i32>(5, 33 - clz(symbols));
	const log = min(most, <u32>max(needed, 29 - <i32>clz(total)));
	normalize(counts, symbols, log, true);
	const end = writeDistribution(out, symbols, log);
	if (<u32>(end - out) * 8 + codedBits(counts, symbols, NORMALIZED, symbols, log) < least) {
		out = end;
		buildEncoder(encoder, NORMALIZED, symbols, log);
		chosenLog = log;
		return 2;
	}
	buildEncoder(encoder, changetype<usize>(usual), usual.length, usualLog);
	chosenLog = usualLog;
	return 0;
}

/** Chooses the cheapest way to code `counts`, writes what describes it; returns its mode. */
function chooseTable(
	counts: usize,
	total: u32,
	encoder: usize,
	usual: StaticArray<i16>,
	usualLog: u32,
	most: u32,
): u32 {
	const symbols = usedCodes(counts);
	const last = symbols - 1;
	if (load<u32>(counts + (last << 2)) == total) {
		buildSingleEncoder(encoder, last);
		store<u8>(out++, last);
		chosenLog = 0;
		return 1;
	}
	let least = codedBits(counts, symbols, changetype<usize>(usual), usual.length, usualLog);
	if (isQuick) return chooseQuickly(counts, symbols, total, encoder, usual, usualLog, most, least);
	let log: u32 = 0;
	for (let tried = most; tried >= 5; tried--) {
		if (symbols > (<u32>1) << tried) break;
		normalize(counts, symbols, tried, false);
		const described = <u32>(writeDistribution(out, symbols, tried) - out) * 8;
		const bits = described + codedBits(counts, symbols, NORMALIZED, symbols, tried);
		if (bits >= least) continue;
		least = bits;
		log = tried;
		memory.copy(BEST_STATES, NORMALIZED, 128);
	}
	if (log == 0) {
		buildEncoder(encoder, changetype<usize>(usual), usual.length, usualLog);
		chosenLog = usualLog;
		return 0;
	}
	memory.copy(NORMALIZED, BEST_STATES, 128);
	out = writeDistribution(out, symbols, log);
	buildEncoder(encoder, NORMALIZED, symbols, log);
	chosenLog = log;
	return 2;
}

// Sequences

/** From the last sequence to the first, so that the reader gets them in order; returns the end. */
function writeBits(to: usize, from: usize, end: usize, lengthLog: u32, offsetLog: u32, matchLog: u32): usize {
	let sequence = end - SEQUENCE_SIZE;
	let lengthState = firstState(LENGTH_ENCODER, load<u8>(sequence, LENGTH_CODE));
	let offsetState = firstState(OFFSET_ENCODER, load<u8>(sequence, OFFSET_CODE));
	let matchState = firstState(MATCH_ENCODER, load<u8>(sequence, MATCH_CODE));
	let buffer: u64 = 0;
	let filled: u64 = 0;
	for (;;) {
		// Values less their base are the low bits of what no table codes.
		const lengthBits = <u64>codes.LITERAL_LENGTH_EXTRA[load<u8>(sequence, LENGTH_CODE)];
		const matchBits = <u64>codes.MATCH_LENGTH_EXTRA[load<u8>(sequence, MATCH_CODE)];
		const offsetBits = <u64>load<u8>(sequence, OFFSET_CODE);
		buffer |= (<u64>load<u32>(sequence) & (((<u64>1) << lengthBits) - 1)) << filled;
		filled += lengthBits;
		buffer |= (<u64>(load<u32>(sequence, 4) - codes.LEAST_MATCH) & (((<u64>1) << matchBits) - 1)) << filled;
		filled += matchBits;
		const name = <u32>load<u8>(sequence, NAME);
		const value = select(name, load<u32>(sequence, 8) + NAMES, name != 0);
		buffer |= (<u64>value & (((<u64>1) << offsetBits) - 1)) << filled;
		filled += offsetBits;
		store<u64>(to, buffer);
		to += <usize>(filled >>> 3);
		buffer >>= filled & ~7;
		filled &= 7;
		if (sequence == from) break;
		sequence -= SEQUENCE_SIZE;
		const offsetPick = symbolPick(OFFSET_ENCODER, load<u8>(sequence, OFFSET_CODE));
		const offsetOut = <u64>pickedBits(offsetPick, offsetState);
		buffer |= (<u64>offsetState & (((<u64>1) << offsetOut) - 1)) << filled;
		filled += offsetOut;
		offsetState = pickedState(OFFSET_ENCODER, offsetPick, offsetState, <u32>offsetOut);
		const matchPick = symbolPick(MATCH_ENCODER, load<u8>(sequence, MATCH_CODE));
		const matchOut = <u64>pickedBits(matchPick, matchState);
		buffer |= (<u64>matchState & (((<u64>1) << matchOut) - 1)) << filled;
		filled += matchOut;
		matchState = pickedState(MATCH_ENCODER, matchPick, matchState, <u32>matchOut);
		const lengthPick = symbolPick(LENGTH_ENCODER, load<u8>(sequence, LENGTH_CODE));
		const lengthOut = <u64>pickedBits(lengthPick, lengthState);
		buffer |= (<u64>lengthState & (((<u64>1) << lengthOut) - 1)) << filled;
		filled += lengthOut;
		lengthState = pickedState(LENGTH_ENCODER, lengthPick, lengthState, <u32>lengthOut);
		store<u64>(to, buffer);
		to += <usize>(filled >>> 3);
		buffer >>= filled & ~7;
		filled &= 7;
	}
	buffer |= (<u64>matchState & (((<u64>1) << matchLog) - 1)) << filled;
	filled += matchLog;
	buffer |= (<u64>offsetState & (((<u64>1) << offsetLog) - 1)) << filled;
	filled += offsetLog;
	buffer |= (<u64>lengthState & (((<u64>1) << lengthLog) - 1)) << filled;
	filled += lengthLog;
	// A set bit marks the end.
	store<u64>(to, buffer | ((<u64>1) << filled));
	return to + <usize>((filled + 8) >>> 3);
}

function writeCount(count: u32): void {
	if (count < 128) store<u8>(out++, count);
	else if (count < 0x7f00) {
		store<u16>(out, ((count >>> 8) + 128) | (count << 8));
		out += 2;
	} else {
		store<u8>(out, 255);
		store<u16>(out, count - 0x7f00, 1);
		out += 3;
	}
}

/** Writes the section for the sequences from `from` to `end`, named and counted; returns its end. */
export function writeSequences(to: usize, from: usize, end: usize): usize {
	const count = <u32>((end - from) / SEQUENCE_SIZE);
	out = to;
	writeCount(count);
	if (count == 0) return out;
	const modes = out++;
	const lengthMode = chooseTable(
		LENGTH_COUNTS,
		count,
		LENGTH_ENCODER,
		codes.LITERAL_LENGTH_COUNTS,
		codes.LITERAL_LENGTH_LOG,
		codes.LITERAL_LENGTH_MOST,
	);
	const lengthLog = chosenLog;
	const offsetMode = chooseTable(
		OFFSET_COUNTS,
		count,
		OFFSET_ENCODER,
		codes.OFFSET_COUNTS,
		codes.OFFSET_LOG,
		codes.OFFSET_MOST,
	);
	const offsetLog = chosenLog;
	const matchMode = chooseTable(
		MATCH_COUNTS,
		count,
		MATCH_ENCODER,
		codes.MATCH_LENGTH_COUNTS,
		codes.MATCH_LENGTH_LOG,
		codes.MATCH_LENGTH_MOST,
	);
	store<u8>(modes, (lengthMode << 6) | (offsetMode << 4) | (matchMode << 2));
	return writeBits(out, from, end, lengthLog, offsetLog, chosenLog);
}
