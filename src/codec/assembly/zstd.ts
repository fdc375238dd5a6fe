/**
 * zstd frames (RFC 8878) of one input: content size known, no checksum, no dictionary, window
 * as long as the content.
 *
 * Memory map: zstd-map.ts.
 */

import { writeLiterals } from "./zstd-literal-encoder";
import { BLOCK, CHAIN, INPUT, LITERALS, OUTPUT, SECTION, SEQUENCES } from "./zstd-map";
import { configureMatches, findMatches, forgetMatches } from "./zstd-matches";
import {
	configureParser,
	guessPrices,
	keptOffset,
	learnPrices,
	parseBlock,
	parsedLiteralsEnd,
	setOffsets,
} from "./zstd-parser";
import { countCodes, writeSequences } from "./zstd-sequence-encoder";

const MAGIC: u32 = 0xfd2fb528;

let passes: i32 = 1;
let out: usize = 0;

/** Makes room for inputs of up to `size` bytes, 1 MiB at most; returns the address for them. */
export function prepare(size: usize): usize {
	const pages = <i32>((CHAIN + 4 * size + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	return INPUT;
}

export function outputAddress(): usize {
	return OUTPUT;
}

function setEffort(chain: i32, nice: u32, skip: u32, rounds: i32): void {
	configureMatches(chain, nice);
	configureParser(nice, skip);
	passes = rounds;
}

/** @param level 1..22. */
function configure(level: i32): void {
	if (level <= 2) setEffort(2, 24, 512, 1);
	else if (level <= 4) setEffort(4, 32, 512, 1);
	else if (level <= 6) setEffort(8, 48, 256, 1);
	else if (level <= 9) setEffort(16, 64, 256, 1);
	else if (level <= 12) setEffort(24, 64, 128, 2);
	else if (level <= 15) setEffort(48, 96, 128, 2);
	else if (level <= 18) setEffort(128, 192, 64, 2);
	else setEffort(512, 512, 0, 3);
}

/** Section 3.1.1.1: a single segment. */
function writeFrameHeader(size: usize): void {
	store<u32>(OUTPUT, MAGIC);
	out = OUTPUT + 5;
	if (size < 256) {
		store<u8>(OUTPUT, 0x20, 4);
		store<u8>(out, <u8>size);
		out += 1;
	} else if (size < 65536 + 256) {
		store<u8>(OUTPUT, 0x60, 4);
		store<u16>(out, <u16>(size - 256));
		out += 2;
	} else {
		store<u8>(OUTPUT, 0xa0, 4);
		store<u32>(out, <u32>size);
		out += 4;
	}
}

function writeBlockHeader(kind: u32, size: usize, last: bool): void {
	const header = u32(last) | (kind << 1) | ((<u32>size) << 3);
	store<u16>(out, header);
	store<u8>(out, header >>> 16, 2);
	out += 3;
}

function isRun(from: usize, end: usize): bool {
	const byte = load<u8>(from);
	while (from < end && load<u8>(from) == byte) from++;
	return from == end;
}

/** The two sections of a compressed block, in SECTION; returns their length. */
function compressBlock(from: usize, end: usize): usize {
	const first = keptOffset(1);
	const second = keptOffset(2);
	const third = keptOffset(3);
	guessPrices(from, end);
	let sequencesEnd = parseBlock(INPUT, from, end);
	for (let pass = 1; pass < passes; pass++) {
		countCodes(SEQUENCES, sequencesEnd);
		learnPrices(parsedLiteralsEnd());
		setOffsets(first, second, third);
		sequencesEnd = parseBlock(INPUT, from, end);
	}
	const middle = writeLiterals(SECTION, LITERALS, parsedLiteralsEnd() - LITERALS);
	const length = writeSequences(middle, SEQUENCES, sequencesEnd) - SECTION;
	if (length >= end - from) setOffsets(first, second, third);
	return length;
}

function writeBlock(from: usize, end: usize, last: bool): void {
	const size = end - from;
	findMatches(from, end);
	if (isRun(from, end)) {
		writeBlockHeader(1, size, last);
		store<u8>(out++, load<u8>(from));
		return;
	}
	const length = compressBlock(from, end);
	const stored = length >= size;
	writeBlockHeader(stored ? 0 : 2, stored ? size : length, last);
	memory.copy(out, stored ? from : SECTION, stored ? size : length);
	out += stored ? size : length;
}

/** Compresses the `length` bytes at the input address; returns the frame's length. */
export function compress(length: usize, level: i32): usize {
	configure(level);
	forgetMatches();
	setOffsets(1, 4, 8);
	const end = INPUT + length;
	store<u64>(end, 0);
	writeFrameHeader(length);
	for (let from = INPUT; from < end; from += BLOCK) {
		const stop = min(from + BLOCK, end);
		writeBlock(from, stop, stop == end);
	}
	return out - OUTPUT;
}
