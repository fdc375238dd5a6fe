/**
 * Sequences sections of zstd blocks (RFC 8878, section 3.1.1.3.2).
 *
 * A sequence is 16 bytes: literal length, match length, distance (u32 each), and its three
 * codes (u8 each), which `countCodes` fills in; it puts the offset's value for the distance.
 *
 * Memory: an encoding table per kind (literal length, offset, match length).
 */
import { beginBits, finishMarked, putBits } from "./bit-writer";
import {
	buildEncoder,
	buildSingleEncoder,
	codedBits,
	firstState,
	NORMALIZED,
	nextState,
	normalize,
	outgoingBits,
	putState,
	TABLE_SIZE,
	writeDistribution,
} from "./fse-encoder";
import * as codes from "./zstd-codes";
import { nameOffset } from "./zstd-offsets";
import { increment, LENGTH_COUNTS, MATCH_COUNTS, OFFSET_COUNTS } from "./zstd-statistics";

export const SEQUENCE_SIZE: usize = 16;
const LENGTH_CODE: usize = 12;
const OFFSET_CODE: usize = 13;
const MATCH_CODE: usize = 14;

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

/** Counts the codes of the sequences from `from` to `end` and notes them there; offsets get their names. */
export function countCodes(from: usize, end: usize): void {
	memory.fill(LENGTH_COUNTS, 0, 256);
	memory.fill(OFFSET_COUNTS, 0, 256);
	memory.fill(MATCH_COUNTS, 0, 256);
	for (; from < end; from += SEQUENCE_SIZE) {
		const run = load<u32>(from);
		const length = literalLengthCode(run);
		const match = matchLengthCode(load<u32>(from, 4));
		const value = nameOffset(load<u32>(from, 8), run);
		const offset = offsetCode(value);
		store<u32>(from, value, 8);
		store<u8>(from, length, LENGTH_CODE);
		store<u8>(from, offset, OFFSET_CODE);
		store<u8>(from, match, MATCH_CODE);
		increment(LENGTH_COUNTS, length);
		increment(OFFSET_COUNTS, offset);
		increment(MATCH_COUNTS, match);
	}
}

// Tables: mode 0 predefined, 1 one symbol, 2 described

let out: usize = 0;
let chosenLog: u32 = 0;

function usedCodes(counts: usize): u32 {
	let last: u32 = 63;
	while (load<u32>(counts + (last << 2)) == 0) last--;
	return last + 1;
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
	let log: u32 = 0;
	for (let tried = most; tried >= 5; tried--) {
		if (symbols > (<u32>1) << tried) break;
		normalize(counts, symbols, tried);
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

function putExtra(value: u32, bits: u32): void {
	putBits(value & ((1 << bits) - 1), bits);
}

/** The parts of a sequence that no table codes; values less their base are their low bits. */
function putExtras(sequence: usize): void {
	const lengthBits = <u32>codes.LITERAL_LENGTH_EXTRA[load<u8>(sequence, LENGTH_CODE)];
	const matchBits = <u32>codes.MATCH_LENGTH_EXTRA[load<u8>(sequence, MATCH_CODE)];
	putExtra(load<u32>(sequence), lengthBits);
	putExtra(load<u32>(sequence, 4) - codes.LEAST_MATCH, matchBits);
	putExtra(load<u32>(sequence, 8), load<u8>(sequence, OFFSET_CODE));
}

function step(encoder: usize, state: u32, code: u32): u32 {
	const bits = outgoingBits(encoder, state, code);
	putState(state, bits);
	return nextState(encoder, state, code, bits);
}

/** From the last sequence to the first, so that the reader gets them in order. */
function writeBits(from: usize, end: usize, lengthLog: u32, offsetLog: u32, matchLog: u32): void {
	let sequence = end - SEQUENCE_SIZE;
	let lengthState = firstState(LENGTH_ENCODER, load<u8>(sequence, LENGTH_CODE));
	let offsetState = firstState(OFFSET_ENCODER, load<u8>(sequence, OFFSET_CODE));
	let matchState = firstState(MATCH_ENCODER, load<u8>(sequence, MATCH_CODE));
	putExtras(sequence);
	while (sequence > from) {
		sequence -= SEQUENCE_SIZE;
		offsetState = step(OFFSET_ENCODER, offsetState, load<u8>(sequence, OFFSET_CODE));
		matchState = step(MATCH_ENCODER, matchState, load<u8>(sequence, MATCH_CODE));
		lengthState = step(LENGTH_ENCODER, lengthState, load<u8>(sequence, LENGTH_CODE));
		putExtras(sequence);
	}
	putState(matchState, matchLog);
	putState(offsetState, offsetLog);
	putState(lengthState, lengthLog);
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

/** Writes the section for the sequences from `from` to `end`; returns its end. */
export function writeSequences(to: usize, from: usize, end: usize): usize {
	const count = <u32>((end - from) / SEQUENCE_SIZE);
	out = to;
	writeCount(count);
	if (count == 0) return out;
	countCodes(from, end);
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
	beginBits(out);
	writeBits(from, end, lengthLog, offsetLog, chosenLog);
	return finishMarked();
}
