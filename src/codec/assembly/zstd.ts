/**
 * zstd frames (RFC 8878) of one input: content size known, no checksum, no dictionary, window
 * as long as the content.
 *
 * Memory map: zstd-map.ts.
 */

import { writeLiterals } from "./zstd-literal-encoder";
import { BLOCK, INPUT, LITERALS, OUTPUT, SECTION, SEQUENCES, TREE } from "./zstd-map";
import { configureMatches, findMatches, forgetMatches } from "./zstd-matches";
import { repeatedOffset, setOffsets } from "./zstd-offsets";
import { configureParser, guessPrices, learnPrices, parseBlock, parsedLiteralsEnd } from "./zstd-parser";
import { countCodes, writeSequences } from "./zstd-sequence-encoder";
import {
	cutRun,
	pieceEnd,
	pieceLiterals,
	pieceSequences,
	pieceStart,
	segmentCount,
	splitBlock,
	takeHistogram,
} from "./zstd-splitter";
import { countBytes, LITERAL_COUNTS } from "./zstd-statistics";

const MAGIC: u32 = 0xfd2fb528;

/** Behind the input, more than a match that ends a search is long. */
const SLACK: usize = 1024;

let passes: i32 = 1;
let pieces: usize = 32;
/** Ends of what is parsed now. */
let sequencesEnd: usize = 0;
let literalsEnd: usize = 0;
let out: usize = 0;

/** Makes room for inputs of up to `size` bytes, 1 MiB at most; returns the address for them. */
export function prepare(size: usize): usize {
	const pages = <i32>((TREE + 8 * size + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	return INPUT;
}

export function outputAddress(): usize {
	return OUTPUT;
}

/**
 * @param depth places to compare with, at most. @param enough length that ends a search.
 * @param taken length of a match that is taken without looking inside. @param skip how much
 * dearer (1/256 bit) the next place is where one is passed over. @param rounds parses.
 * @param cuts pieces a block may fall into.
 */
function setEffort(depth: i32, enough: u32, taken: u32, skip: u32, rounds: i32, cuts: usize): void {
	configureMatches(depth, enough);
	configureParser(taken, skip);
	passes = rounds;
	pieces = cuts;
}

/** @param level 1..22. */
function configure(level: i32): void {
	if (level <= 2) setEffort(2, 32, 24, 512, 1, 8);
	else if (level <= 4) setEffort(3, 64, 32, 512, 1, 8);
	else if (level <= 6) setEffort(4, 96, 48, 256, 1, 16);
	else if (level <= 9) setEffort(6, 128, 64, 256, 1, 16);
	else if (level <= 12) setEffort(8, 256, 96, 192, 1, 32);
	else if (level <= 14) setEffort(8, 256, 96, 256, 2, 32);
	else if (level <= 15) setEffort(12, 512, 96, 192, 2, 32);
	else if (level <= 18) setEffort(48, 512, 256, 64, 2, 32);
	else setEffort(512, 1000, 1000, 0, 3, 32);
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

/** Parses the piece from `from` to `end` once more; its first histogram is taken already. */
function refinePiece(from: usize, end: usize): void {
	for (let pass = 1; pass < passes; pass++) {
		if (pass > 1) {
			const first = repeatedOffset(1);
			const second = repeatedOffset(2);
			const third = repeatedOffset(3);
			memory.fill(LITERAL_COUNTS, 0, 1024);
			countBytes(LITERAL_COUNTS, LITERALS, literalsEnd);
			countCodes(SEQUENCES, sequencesEnd);
			setOffsets(first, second, third);
		}
		learnPrices();
		sequencesEnd = parseBlock(from, end);
		literalsEnd = parsedLiteralsEnd();
	}
}

/** Writes what is parsed as a block, or its bytes where they are shorter. */
function writeParsed(from: usize, end: usize, last: bool, sequences: usize, literals: usize): void {
	const size = end - from;
	const first = repeatedOffset(1);
	const second = repeatedOffset(2);
	const third = repeatedOffset(3);
	const middle = writeLiterals(SECTION, literals, literalsEnd - literals);
	const length = writeSequences(middle, sequences, sequencesEnd) - SECTION;
	const stored = length >= size;
	// Sequences that are not written do not change what the next ones repeat.
	if (stored) setOffsets(first, second, third);
	writeBlockHeader(stored ? 0 : 2, stored ? size : length, last);
	memory.copy(out, stored ? from : SECTION, stored ? size : length);
	out += stored ? size : length;
}

function writePiece(from: usize, end: usize, last: bool, segment: u32, next: u32): void {
	if (isRun(from, end)) {
		writeBlockHeader(1, end - from, last);
		store<u8>(out++, load<u8>(from));
		return;
	}
	if (passes > 1) {
		takeHistogram(segment, next);
		refinePiece(from, end);
		writeParsed(from, end, last, SEQUENCES, LITERALS);
		return;
	}
	cutRun(segment);
	sequencesEnd = pieceSequences(next);
	literalsEnd = pieceLiterals(next);
	writeParsed(from, end, last, pieceSequences(segment), pieceLiterals(segment));
}

function writeBlock(from: usize, end: usize, last: bool): void {
	findMatches(from, end);
	guessPrices(from, end);
	sequencesEnd = parseBlock(from, end);
	literalsEnd = parsedLiteralsEnd();
	splitBlock(sequencesEnd, literalsEnd, end - from, pieces);
	for (let segment: u32 = 0; segment < segmentCount(); ) {
		const next = pieceEnd(segment);
		const stop = from + pieceStart(next);
		writePiece(from + pieceStart(segment), stop, last && stop == end, segment, next);
		segment = next;
	}
}

/** Compresses the `length` bytes at the input address; returns the frame's length. */
export function compress(length: usize, level: i32): usize {
	configure(level);
	forgetMatches();
	setOffsets(1, 4, 8);
	const end = INPUT + length;
	// The order of trees looks this far beyond.
	memory.fill(end, 0, SLACK);
	writeFrameHeader(length);
	for (let from = INPUT; from < end; from += BLOCK) {
		const stop = min(from + BLOCK, end);
		writeBlock(from, stop, stop == end);
	}
	return out - OUTPUT;
}
