/**
 * The cheapest way through a block: a forward pass over all places, where each reached place
 * tries a literal, its three repeated offsets and its matches; then the way back.
 *
 * Memory, by places of the block and its end: PRICES u32, of the way there, the run under way included (1/256 bit);
 * ARRIVALS u32, distance << 12 | length of the match that arrives there (0: a literal); STATES four u32, the literals
 * since the last match and the three repeated offsets, known once the place is visited. Prices and arrivals have
 * arrays of their own, so that four lengths of a match are tried at a time.
 */

import { copySixteen, fillFour, lowerPrices } from "./wide";
import * as codes from "./zstd-codes";
import { ARRIVALS, INPUT, LITERALS, PRICES, SEQUENCES, STATES } from "./zstd-map";
import { agreement, LONGEST, matchList } from "./zstd-matches";
import { repeatedOffset } from "./zstd-offsets";
import { literalPrice, MATCH_PRICES, offsetPrice, runPrice } from "./zstd-prices";
import { SEQUENCE_SIZE } from "./zstd-sequence-encoder";

const REP1: usize = 4;
const REP2: usize = 8;
const REP3: usize = 12;

const UNREACHED: u32 = 0x7fffffff;

/** A match this long is taken without looking at what lies inside. */
let nice: u32 = 0;
/** A place is passed over when the next one is at most this much dearer. */
let indifference: u32 = 0;

export function configureParser(enough: u32, skip: u32): void {
	nice = enough;
	indifference = skip;
}

// The forward pass

/** Sets the state of a place that a literal reaches, from that of the place before. */
function applyLiteral(state: usize): void {
	copySixteen(state, state - 16);
	store<u32>(state, load<u32>(state) + 1);
}

/** Sets the state of a place that a match from `before` reaches. */
function applyMatch(state: usize, before: usize, distance: u32): void {
	const first = load<u32>(before, REP1);
	const second = load<u32>(before, REP2);
	const third = load<u32>(before, REP3);
	// Right after a match, its offset has no short name.
	const again = distance == first && load<u32>(before) > 0;
	store<u32>(state, 0);
	store<u32>(state, distance, REP1);
	store<u32>(state, again ? second : first, REP2);
	store<u32>(state, again || distance == second ? third : second, REP3);
}

/** Reaches all lengths from `shortest` to `longest` with one distance. */
function reachLengths(index: usize, base: u32, shortest: u32, longest: u32, distance: u32): void {
	if (shortest > longest) return;
	const offset = (index + shortest) << 2;
	const prices = MATCH_PRICES + (shortest << 2);
	lowerPrices(
		PRICES + offset,
		ARRIVALS + offset,
		prices,
		base,
		(distance << 12) | shortest,
		longest - shortest + 1,
	);
}

/** Whether the three bytes of `word` at `place`, its lowest, are also there so far back. */
function repeats(place: usize, word: u32, distance: u32): u32 {
	return u32(((load<u32>(place - distance) ^ word) & 0xffffff) == 0);
}

/** Tries one repeated offset, known as `value` here; returns the length it reaches. */
function tryOffset(index: usize, place: usize, longest: u32, distance: u32, value: u32, base: u32): u32 {
	if (distance - 1 >= <u32>(place - INPUT) || !repeats(place, load<u32>(place), distance)) return 0;
	const length = agreement(place - distance, place, codes.LEAST_MATCH, longest);
	const price = base + offsetPrice(value);
	reachLengths(index, price, length >= nice ? length : codes.LEAST_MATCH, length, distance);
	return length;
}

/** @returns how far to go on: 1, or the length of a match that is taken without more ado. */
function stepMatches(index: usize, state: usize, place: usize, longest: u32): u32 {
	// A match pays for the run that begins after it; what a literal changes there comes on top.
	const base = load<u32>(PRICES + (index << 2)) + runPrice(0);
	let farthest: u32 = 0;
	const fresh = load<u32>(state) == 0;
	const first = load<u32>(state, REP1);
	const second = load<u32>(state, REP2);
	const third = load<u32>(state, REP3);
	// Right after a match, its offset has no short name.
	const one = select(second, first, fresh);
	const two = select(third, second, fresh);
	const three = select(first - 1, third, fresh);
	const word = load<u32>(place);
	// All at once, as each alone is hard to predict; what lies before the input is no match, but may be read.
	if (repeats(place, word, one) | repeats(place, word, two) | repeats(place, word, three)) {
		farthest = tryOffset(index, place, longest, one, 1, base);
		farthest = max(farthest, tryOffset(index, place, longest, two, 2, base));
		farthest = max(farthest, tryOffset(index, place, longest, three, 3, base));
		if (farthest >= nice) return farthest;
	}
	const starts = matchList(place);
	const end = <usize>load<u32>(starts, 4);
	let shortest: u32 = codes.LEAST_MATCH;
	for (let match = <usize>load<u32>(starts); match < end; match += 4) {
		// A piece of the block may end before its matches do.
		const length = min(load<u32>(match) & 4095, longest);
		const distance = load<u32>(match) >>> 12;
		reachLengths(
			index,
			base + offsetPrice(distance + 3),
			length >= nice ? length : shortest,
			length,
			distance,
		);
		shortest = length + 1;
		farthest = max(farthest, length);
	}
	return farthest >= nice ? farthest : 1;
}

function walkForward(from: usize, size: usize): void {
	for (let at = PRICES; at <= PRICES + (size << 2); at += 16) fillFour(at, UNREACHED);
	store<u32>(PRICES, runPrice(0));
	store<u32>(STATES, 0);
	store<u32>(STATES, repeatedOffset(1), REP1);
	store<u32>(STATES, repeatedOffset(2), REP2);
	store<u32>(STATES, repeatedOffset(3), REP3);
	for (let index: usize = 0; index < size; ) {
		const state = STATES + (index << 4);
		const arrival = load<u32>(ARRIVALS + (index << 2));
		if (index > 0) {
			if (arrival == 0) applyLiteral(state);
			else applyMatch(state, state - ((<usize>(arrival & 4095)) << 4), arrival >>> 12);
		}
		const place = from + index;
		const at = PRICES + (index << 2);
		const price = load<u32>(at);
		const literal = price + literalPrice(load<u8>(place), load<u32>(state));
		let next = load<u32>(at, 4);
		if (literal < next) {
			next = literal;
			store<u32>(at, literal, 4);
			store<u32>(ARRIVALS + (index << 2), 0, 4);
		}
		if (index + codes.LEAST_MATCH > size || next <= price + indifference) index++;
		else index += stepMatches(index, state, place, min<u32>(LONGEST, <u32>(size - index)));
	}
}

// The way back

/** Turns arrivals around: each place on the way gets the match, or the literal, that leaves it. */
function walkBack(size: usize): void {
	let leaving: u32 = 0;
	for (let index = size; index > 0; ) {
		const at = ARRIVALS + (index << 2);
		const arrival = load<u32>(at);
		store<u32>(at, leaving);
		leaving = arrival;
		index -= arrival == 0 ? 1 : <usize>(arrival & 4095);
	}
	store<u32>(ARRIVALS, leaving);
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
	let literals = LITERALS;
	for (let index: usize = 0; index < size; ) {
		const leaving = load<u32>(ARRIVALS + (index << 2));
		if (leaving == 0) {
			store<u8>(literals++, load<u8>(from + index));
			run++;
			index++;
			continue;
		}
		store<u32>(sequence, run);
		store<u32>(sequence, leaving & 4095, 4);
		store<u32>(sequence, leaving >>> 12, 8);
		sequence += SEQUENCE_SIZE;
		run = 0;
		index += leaving & 4095;
	}
	literalsEnd = literals;
	return sequence;
}

/**
 * Parses the bytes from `from` to `end`, whose matches are found, by the prices of now.
 * @returns the end of SEQUENCES.
 */
export function parseBlock(from: usize, end: usize): usize {
	walkForward(from, end - from);
	walkBack(end - from);
	return gather(from, end - from);
}
