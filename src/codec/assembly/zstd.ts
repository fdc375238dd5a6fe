/**
 * zstd frames (RFC 8878) of one input: content size known, no checksum, no dictionary, window
 * as long as the content.
 *
 * Memory map: zstd-map.ts.
 */

import { forgetHeads, parseDoubleFast, parseFast } from "./zstd-fast-parser";
import { gatheredLiterals, gatheredSequences } from "./zstd-gatherer";
import { parseLazy } from "./zstd-lazy-parser";
import * as levels from "./zstd-levels";
import { writeLiterals } from "./zstd-literal-encoder";
import { BLOCK, HEADS4, INPUT, LITERALS, OUTPUT, SECTION, SEQUENCES, TREE } from "./zstd-map";
import { findMatches, forgetMatches } from "./zstd-matches";
import { repeatedOffset, setOffsets } from "./zstd-offsets";
import { parseBlock, parsedLiteralsEnd } from "./zstd-parser";
import { guessPrices, learnPrices } from "./zstd-prices";
import { forgetRows } from "./zstd-rows";
import { countCodes, writeSequences } from "./zstd-sequence-encoder";
import {
	areNamesValid,
	cutRun,
	pieceEnd,
	pieceLiterals,
	pieceSequences,
	pieceStart,
	segmentCount,
	splitBlock,
	takeHistogram,
	takeOffsets,
} from "./zstd-splitter";
import { countBytes, countOf, LITERAL_COUNTS } from "./zstd-statistics";

const MAGIC: u32 = 0xfd2fb528;

/** After the input, more than a match that ends a search is long. */
const SLACK: usize = 1024;

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = HEADS4;

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

/** Whether nine of ten bytes are of 7-bit text. */
function isText(length: usize): bool {
	memory.fill(LITERAL_COUNTS, 0, 1024);
	countBytes(LITERAL_COUNTS, INPUT, INPUT + length);
	let text: usize = 0;
	for (let byte: u32 = 9; byte < 127; byte++) text += countOf(LITERAL_COUNTS, byte);
	return text * 10 > length * 9;
}

/** Clears the tables of the strategy for a new input of `length` bytes. */
function forgetPlaces(length: usize): void {
	if (levels.strategy == levels.OPTIMAL) forgetMatches(levels.mayUseRows && !isText(length));
	else if (levels.strategy == levels.LAZY) forgetRows(INPUT);
	else forgetHeads(levels.hashBits);
}

/** Parses a block whole. */
function parse(from: usize, end: usize): void {
	if (levels.strategy == levels.OPTIMAL) {
		findMatches(from, end);
		guessPrices(from, end);
		sequencesEnd = parseBlock(from, end);
		literalsEnd = parsedLiteralsEnd();
		return;
	}
	if (levels.strategy == levels.FAST) parseFast(from, end, levels.hashedBytes, levels.hashBits);
	else if (levels.strategy == levels.DOUBLE_FAST) parseDoubleFast(from, end, levels.hashedBytes);
	else parseLazy(from, end, levels.tries, levels.lookAhead, levels.lookedEnough);
	sequencesEnd = gatheredSequences;
	literalsEnd = gatheredLiterals;
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
	for (let pass = 1; pass < levels.passes; pass++) {
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
	memory.fill(LITERAL_COUNTS, 0, 1024);
	countBytes(LITERAL_COUNTS, LITERALS, literalsEnd);
}

/** Writes what is parsed and named as a block, or its bytes where they are shorter; returns whether it is coded. */
function writeParsed(from: usize, end: usize, last: bool, sequences: usize, literals: usize): bool {
	const size = end - from;
	const middle = writeLiterals(SECTION, literals, literalsEnd - literals, LITERAL_COUNTS);
	const length = writeSequences(middle, sequences, sequencesEnd) - SECTION;
	const coded = length < size;
	writeBlockHeader(coded ? 2 : 0, coded ? length : size, last);
	memory.copy(out, coded ? SECTION : from, coded ? length : size);
	out += coded ? length : size;
	return coded;
}

/** Parses a piece again and writes it. */
function writeRefined(from: usize, end: usize, last: bool): void {
	const first = repeatedOffset(1);
	const second = repeatedOffset(2);
	const third = repeatedOffset(3);
	refinePiece(from, end);
	countCodes(SEQUENCES, sequencesEnd);
	// Sequences that are not written do not change what the next ones repeat.
	if (!writeParsed(from, end, last, SEQUENCES, LITERALS)) setOffsets(first, second, third);
}

function writePiece(from: usize, end: usize, last: bool, segment: u32, next: u32): void {
	if (isRun(from, end)) {
		writeBlockHeader(1, end - from, last);
		store<u8>(out++, load<u8>(from));
		return;
	}
	takeHistogram(segment, next);
	if (levels.strategy == levels.OPTIMAL) {
		writeRefined(from, end, last);
		return;
	}
	cutRun(segment, next);
	sequencesEnd = pieceSequences(next);
	literalsEnd = pieceLiterals(next);
	const first = repeatedOffset(1);
	const second = repeatedOffset(2);
	const third = repeatedOffset(3);
	if (areNamesValid(segment)) takeOffsets(next);
	else countCodes(pieceSequences(segment), sequencesEnd);
	if (!writeParsed(from, end, last, pieceSequences(segment), pieceLiterals(segment))) {
		setOffsets(first, second, third);
	}
}

function writeBlock(from: usize, end: usize, last: bool): void {
	parse(from, end);
	splitBlock(sequencesEnd, literalsEnd, end - from, levels.mostPieces);
	for (let segment: u32 = 0; segment < segmentCount(); ) {
		const next = pieceEnd(segment);
		const stop = from + pieceStart(next);
		writePiece(from + pieceStart(segment), stop, last && stop == end, segment, next);
		segment = next;
	}
}

/** Compresses the `length` bytes at the input address; returns the frame's length. */
export function compress(length: usize, level: i32): usize {
	levels.chooseLevel(level);
	forgetPlaces(length);
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
