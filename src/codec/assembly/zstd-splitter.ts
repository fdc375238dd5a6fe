/**
 * Where to cut a parsed block, so that each piece has tables that fit it: the cheapest way
 * through a grid of segments, by what the pieces between two of its lines would cost.
 *
 * Memory: per segment a histogram and a mark (u32 each: where in the block it begins, its first
 * sequence, its first literal, how many literals of that sequence are left, and the repeated
 * offsets there), one more mark for the end; per line the price of the best way there and the
 * line before it.
 */
import { log2 } from "./entropy";
import { LITERALS, SEQUENCES } from "./zstd-map";
import { repeatedOffset, setOffsets } from "./zstd-offsets";
import { LENGTH_CODE, literalLengthCode, nameSequence, SEQUENCE_SIZE } from "./zstd-sequence-encoder";
import {
	addHistogram,
	countBytes,
	HISTOGRAM_SIZE,
	increment,
	LENGTH_COUNTS,
	LITERAL_COUNTS,
	MATCH_COUNTS,
	OFFSET_COUNTS,
} from "./zstd-statistics";

const HISTOGRAMS: usize = memory.data(32 * 1792, 16);
const MARK_SIZE: usize = 32;
const MARKS: usize = memory.data(33 * 32, 4);
const WAYS: usize = memory.data(33 * 8, 4);

/** What a piece costs besides its codes, in bits: headers of block, literals, streams and sequences. */
const PIECE_BITS: u32 = 14 * 8;
/** What each symbol that occurs adds to the description of its table, in bits. */
const LITERAL_BITS: u32 = 3;
const CODE_BITS: u32 = 5;

let segments: u32 = 0;

function histogramOf(segment: u32): usize {
	return HISTOGRAMS + <usize>segment * HISTOGRAM_SIZE;
}

function markOf(segment: u32): usize {
	return MARKS + <usize>segment * MARK_SIZE;
}

/** Where the piece that begins with `segment` begins in the block. */
export function pieceStart(segment: u32): usize {
	return load<u32>(markOf(segment));
}

/** The first sequence of the piece that begins with `segment`, or the end of them. */
export function pieceSequences(segment: u32): usize {
	return load<u32>(markOf(segment), 4);
}

export function pieceLiterals(segment: u32): usize {
	return load<u32>(markOf(segment), 8);
}

/**
 * Where a run of literals is cut before the piece from `segment` to `next`, its sequence keeps
 * what is after the cut. Corrects the histogram at LITERAL_COUNTS, which is that of the piece.
 */
export function cutRun(segment: u32, next: u32): void {
	const sequence = pieceSequences(segment);
	// Pieces of literals alone, of which a long run may have several, have no sequence.
	if (sequence == pieceSequences(next)) return;
	const left = load<u32>(markOf(segment), 12);
	const run = load<u32>(sequence);
	if (left == run) return;
	store<u32>(sequence, left);
	const slot = LENGTH_COUNTS + (literalLengthCode(run) << 2);
	store<u32>(slot, load<u32>(slot) - 1);
	increment(LENGTH_COUNTS, literalLengthCode(left));
	store<u8>(sequence, <u8>literalLengthCode(left), LENGTH_CODE);
}

/** Whether the offsets of now are those that the names of the segment's sequences continue. */
export function areNamesValid(segment: u32): bool {
	const at = markOf(segment);
	return (
		load<u32>(at, 16) == repeatedOffset(1) &&
		load<u32>(at, 20) == repeatedOffset(2) &&
		load<u32>(at, 24) == repeatedOffset(3)
	);
}

/** Sets the repeated offsets to those at the begin of a segment. */
export function takeOffsets(segment: u32): void {
	const at = markOf(segment);
	setOffsets(load<u32>(at, 16), load<u32>(at, 20), load<u32>(at, 24));
}

let place: usize = 0;
let literal: usize = 0;
/** Where the next segment begins at the earliest. */
let nextLine: usize = 0;

/** Begins a segment; the literals of the one before are counted. */
function mark(sequence: usize, left: usize): void {
	if (segments > 0) countBytes(histogramOf(segments - 1), pieceLiterals(segments - 1), literal);
	const at = markOf(segments++);
	store<u32>(at, <u32>place);
	store<u32>(at, <u32>sequence, 4);
	store<u32>(at, <u32>literal, 8);
	store<u32>(at, <u32>left, 12);
	store<u32>(at, repeatedOffset(1), 16);
	store<u32>(at, repeatedOffset(2), 20);
	store<u32>(at, repeatedOffset(3), 24);
}

/** Passes over the literals of a sequence; a new segment may begin with any of them. */
function takeRun(sequence: usize, run: usize, unit: usize): void {
	for (let left = run; ; ) {
		if (place >= nextLine) {
			mark(sequence, left);
			nextLine = (place / unit + 1) * unit;
		}
		const part = min(left, nextLine - place);
		literal += part;
		place += part;
		left -= part;
		if (left == 0) return;
	}
}

/** Fills histograms and marks: a segment begins at a line of the grid, or where the match across it ends. */
function fillSegments(sequencesEnd: usize, literalsEnd: usize, unit: usize): void {
	place = 0;
	literal = LITERALS;
	nextLine = 0;
	segments = 0;
	for (let sequence = SEQUENCES; sequence < sequencesEnd; sequence += SEQUENCE_SIZE) {
		const run = load<u32>(sequence);
		if (place + run < nextLine) {
			literal += run;
			place += run;
		} else takeRun(sequence, run, unit);
		place += nameSequence(sequence, histogramOf(segments - 1) + (LENGTH_COUNTS - LITERAL_COUNTS));
	}
	if (literal < literalsEnd) takeRun(sequencesEnd, literalsEnd - literal, unit);
	mark(sequencesEnd, 0);
	segments--;
}

/** Bits of `symbols` counts in a code of their own, `description` bits for each that occurs included. */
function codeBits(counts: usize, symbols: usize, description: u32): u32 {
	let total: u32 = 0;
	let used: u32 = 0;
	let saved: u64 = 0;
	for (const end = counts + (symbols << 2); counts < end; counts += 4) {
		const count = load<u32>(counts);
		if (count == 0) continue;
		total += count;
		used++;
		saved += <u64>count * log2(count);
	}
	if (used <= 1) return 8;
	return <u32>((<u64>total * log2(total) - saved) >>> 8) + used * description;
}

function literalCount(): u32 {
	let total: u32 = 0;
	for (let at: usize = 0; at < 1024; at += 4) total += load<u32>(LITERAL_COUNTS + at);
	return total;
}

/** Bits of the piece whose histogram LITERAL_COUNTS and its neighbours hold, without extra bits. */
function pieceBits(): u32 {
	const literals = min(codeBits(LITERAL_COUNTS, 256, LITERAL_BITS), literalCount() << 3);
	return (
		PIECE_BITS +
		literals +
		codeBits(LENGTH_COUNTS, 36, CODE_BITS) +
		codeBits(OFFSET_COUNTS, 32, CODE_BITS) +
		codeBits(MATCH_COUNTS, 53, CODE_BITS)
	);
}

/** The best way to `line`: its price and the line before. */
function findWay(line: u32): void {
	memory.fill(LITERAL_COUNTS, 0, HISTOGRAM_SIZE);
	let least: u32 = u32.MAX_VALUE;
	let before: u32 = 0;
	for (let segment = line; segment > 0; segment--) {
		addHistogram(LITERAL_COUNTS, histogramOf(segment - 1));
		const price = load<u32>(WAYS + ((segment - 1) << 3)) + pieceBits();
		if (price >= least) continue;
		least = price;
		before = segment - 1;
	}
	store<u32>(WAYS + (line << 3), least);
	store<u32>(WAYS + (line << 3), before, 4);
}

/**
 * Chooses the pieces of a block of `size` bytes, parsed to `sequencesEnd` and `literalsEnd`.
 * @param most pieces there can be, 1..32.
 */
export function splitBlock(sequencesEnd: usize, literalsEnd: usize, size: usize, most: usize): void {
	const first = repeatedOffset(1);
	const second = repeatedOffset(2);
	const third = repeatedOffset(3);
	const unit = max(<usize>4096, (size + most - 1) / most);
	memory.fill(HISTOGRAMS, 0, HISTOGRAM_SIZE * ((size + unit - 1) / unit));
	fillSegments(sequencesEnd, literalsEnd, unit);
	setOffsets(first, second, third);
	for (let line: u32 = 1; line <= segments; line++) findWay(line);
	// From the end to the begin, the ways are turned around: each line on it gets the next one.
	let next: u32 = 0;
	for (let line = segments; line > 0; ) {
		const before = load<u32>(WAYS + (line << 3), 4);
		store<u32>(WAYS + (line << 3), next, 4);
		next = line;
		line = before;
	}
	store<u32>(WAYS, next, 4);
}

/** The segment after the piece that begins with `segment`. */
export function pieceEnd(segment: u32): u32 {
	return load<u32>(WAYS + (segment << 3), 4);
}

export function segmentCount(): u32 {
	return segments;
}

/** Makes the histogram of the segments from `first` to `end` the one that prices are made of. */
export function takeHistogram(first: u32, end: u32): void {
	memory.fill(LITERAL_COUNTS, 0, HISTOGRAM_SIZE);
	for (; first < end; first++) addHistogram(LITERAL_COUNTS, histogramOf(first));
}
