/**
 * The cheapest way through a block: a forward pass over all places, where each reached place
 * tries a literal, its three repeated offsets and its matches; then the way back.
 *
 * Memory: a node is 32 bytes, u32 each: price of the way there, the run under way included (1/256 bit), literals
 * since the last match, length and distance of the match that arrives here (0: a literal),
 * and the three repeated offsets after it.
 * LITERAL_PRICES, OFFSET_PRICES, LENGTH_PRICES by code; MATCH_PRICES by match length.
 */

import { log2 } from "./entropy";
import { copySixteen } from "./wide";
import * as codes from "./zstd-codes";
import { INPUT, LITERALS, NODES, SEQUENCES } from "./zstd-map";
import { agreement, LONGEST, matchList } from "./zstd-matches";
import { repeatedOffset } from "./zstd-offsets";
import { literalLengthCode, matchLengthCode, SEQUENCE_SIZE } from "./zstd-sequence-encoder";
import {
	countBytes,
	countOf,
	LENGTH_COUNTS,
	LITERAL_COUNTS,
	MATCH_COUNTS,
	OFFSET_COUNTS,
} from "./zstd-statistics";

const NODE_SIZE: usize = 32;
const RUN: usize = 4;
const LENGTH: usize = 8;
const DISTANCE: usize = 12;
const REP1: usize = 16;
const REP2: usize = 20;
const REP3: usize = 24;

const UNREACHED: u32 = 0x7fffffff;

const LITERAL_PRICES: usize = memory.data(256 * 4, 16);
const LENGTH_PRICES: usize = memory.data(36 * 4, 16);
const OFFSET_PRICES: usize = memory.data(32 * 4, 16);
const MATCH_PRICES: usize = memory.data(4096 * 4, 16);
const CODE_PRICES: usize = memory.data(64 * 4, 16);

/** A match this long is taken without looking at what lies inside. */
let nice: u32 = 0;
/** A place is passed over when the next one is at most this much dearer. */
let indifference: u32 = 0;

export function configureParser(enough: u32, skip: u32): void {
	nice = enough;
	indifference = skip;
}

// Prices

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

function runPrice(run: u32): u32 {
	return load<u32>(LENGTH_PRICES + (literalLengthCode(run) << 2));
}

// The forward pass

function nodeAt(index: usize): usize {
	return NODES + index * NODE_SIZE;
}

/** Sets the offsets of a node that a match from `before` reaches. */
function applyMatch(node: usize, before: usize, distance: u32): void {
	const first = load<u32>(before, REP1);
	const second = load<u32>(before, REP2);
	const third = load<u32>(before, REP3);
	// Right after a match, its offset has no short name.
	const again = distance == first && load<u32>(before, RUN) > 0;
	store<u32>(node, distance, REP1);
	store<u32>(node, again ? second : first, REP2);
	store<u32>(node, again || distance == second ? third : second, REP3);
}

function reach(node: usize, price: u32, length: u32, distance: u32): void {
	if (price >= load<u32>(node)) return;
	store<u32>(node, price);
	store<u32>(node, 0, RUN);
	store<u32>(node, length, LENGTH);
	store<u32>(node, distance, DISTANCE);
}

/** Reaches all lengths from `shortest` to `longest` with one distance. */
function reachLengths(node: usize, base: u32, shortest: u32, longest: u32, distance: u32): void {
	for (let length = shortest; length <= longest; length++) {
		reach(node + <usize>length * NODE_SIZE, base + load<u32>(MATCH_PRICES + (length << 2)), length, distance);
	}
}

function stepLiteral(node: usize, byte: u32): void {
	const run = load<u32>(node, RUN);
	const price = load<u32>(node) + load<u32>(LITERAL_PRICES + (byte << 2)) + runPrice(run + 1) - runPrice(run);
	const next = node + NODE_SIZE;
	if (price >= load<u32>(next)) return;
	copySixteen(next, node);
	copySixteen(next + 16, node + 16);
	store<u32>(next, price);
	store<u32>(next, run + 1, RUN);
	store<u32>(next, 0, LENGTH);
}

/** Tries one repeated offset, known as `value` here; returns the length it reaches. */
function tryOffset(node: usize, place: usize, longest: u32, distance: u32, value: u32, base: u32): u32 {
	if (distance - 1 >= <u32>(place - INPUT)) return 0;
	if ((load<u32>(place - distance) ^ load<u32>(place)) & 0xffffff) return 0;
	const length = agreement(place - distance, place, codes.LEAST_MATCH, longest);
	const price = base + load<u32>(OFFSET_PRICES + (value > 1 ? 4 : 0));
	reachLengths(node, price, length >= nice ? length : codes.LEAST_MATCH, length, distance);
	return length;
}

/** @returns how far to go on: 1, or the length of a match that is taken without more ado. */
function stepMatches(node: usize, place: usize, longest: u32): u32 {
	// A match pays for the run that begins after it; what a literal changes there comes on top.
	const base = load<u32>(node) + runPrice(0);
	let farthest: u32 = 0;
	const fresh = load<u32>(node, RUN) == 0;
	const first = load<u32>(node, REP1);
	const second = load<u32>(node, REP2);
	const third = load<u32>(node, REP3);
	if (!fresh) farthest = tryOffset(node, place, longest, first, 1, base);
	farthest = max(farthest, tryOffset(node, place, longest, second, fresh ? 1 : 2, base));
	farthest = max(farthest, tryOffset(node, place, longest, third, fresh ? 2 : 3, base));
	if (fresh) farthest = max(farthest, tryOffset(node, place, longest, first - 1, 3, base));
	if (farthest >= nice) return farthest;
	const starts = matchList(place);
	const end = <usize>load<u32>(starts, 4);
	let shortest: u32 = codes.LEAST_MATCH;
	for (let match = <usize>load<u32>(starts); match < end; match += 4) {
		// A piece of the block may end before its matches do.
		const length = min(load<u32>(match) & 4095, longest);
		const distance = load<u32>(match) >>> 12;
		const price = base + load<u32>(OFFSET_PRICES + ((31 - clz(distance + 3)) << 2));
		reachLengths(node, price, length >= nice ? length : shortest, length, distance);
		shortest = length + 1;
		farthest = max(farthest, length);
	}
	return farthest >= nice ? farthest : 1;
}

function walkForward(from: usize, end: usize): void {
	const size = <usize>(end - from);
	for (let index: usize = 1; index <= size; index++) store<u32>(nodeAt(index), UNREACHED);
	store<u32>(NODES, runPrice(0));
	store<u32>(NODES, 0, RUN);
	store<u32>(NODES, 0, LENGTH);
	store<u32>(NODES, repeatedOffset(1), REP1);
	store<u32>(NODES, repeatedOffset(2), REP2);
	store<u32>(NODES, repeatedOffset(3), REP3);
	for (let index: usize = 0; index < size; ) {
		const node = nodeAt(index);
		const length = load<u32>(node, LENGTH);
		if (length > 0) applyMatch(node, node - <usize>length * NODE_SIZE, load<u32>(node, DISTANCE));
		const place = from + index;
		stepLiteral(node, load<u8>(place));
		const next = node + NODE_SIZE;
		if (index + codes.LEAST_MATCH > size || load<u32>(next) <= load<u32>(node) + indifference) index++;
		else index += stepMatches(node, place, min<u32>(LONGEST, <u32>(size - index)));
	}
}

// The way back

/** Turns arrivals around: each place on the way gets the length and distance that leave it. */
function walkBack(size: usize): void {
	let index = size;
	let length: u32 = 0;
	let distance: u32 = 0;
	for (;;) {
		const node = nodeAt(index);
		const arrivalLength = load<u32>(node, LENGTH);
		const arrivalDistance = load<u32>(node, DISTANCE);
		store<u32>(node, length, LENGTH);
		store<u32>(node, distance, DISTANCE);
		if (index == 0) return;
		length = arrivalLength;
		distance = arrivalDistance;
		index -= length == 0 ? 1 : length;
	}
}

let literalsEnd: usize = 0;

/** Address after the literals of the last parse. */
export function parsedLiteralsEnd(): usize {
	return literalsEnd;
}

/** Collects LITERALS and SEQUENCES along the way; returns the end of the sequences. */
function gather(from: usize, size: usize): usize {
	let sequence = SEQUENCES;
	let run: u32 = 0;
	literalsEnd = LITERALS;
	for (let index: usize = 0; index < size; ) {
		const node = nodeAt(index);
		const length = load<u32>(node, LENGTH);
		if (length == 0) {
			store<u8>(literalsEnd++, load<u8>(from + index));
			run++;
			index++;
			continue;
		}
		store<u32>(sequence, run);
		store<u32>(sequence, length, 4);
		store<u32>(sequence, load<u32>(node, DISTANCE), 8);
		sequence += SEQUENCE_SIZE;
		run = 0;
		index += length;
	}
	return sequence;
}

/**
 * Parses the bytes from `from` to `end`, whose matches are found, by the prices of now.
 * @returns the end of SEQUENCES.
 */
export function parseBlock(from: usize, end: usize): usize {
	walkForward(from, end);
	walkBack(end - from);
	return gather(from, end - from);
}
