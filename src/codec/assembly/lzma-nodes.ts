// The optimal parser's nodes: node n is the position n bytes into the segment. Each keeps the
// cheapest known way to it: a price, and the operation that arrives, as a word
//   value << 10 | isCompound << 9 | length
// whose value is 0..3 for a repeat, 4 + distance for a match, LITERAL_VALUE for a literal.
// A compound arrival is three operations that are only worth it together: a lead (a match,
// a repeat or, as 0, nothing), a literal, and a repeat of the last distance whose length the
// word has. State and distances are worked out when a node is visited, which few are.
import {
	NODE_ARRIVALS,
	NODE_LEADS,
	NODE_PRICES,
	NODE_REPS,
	NODE_STATES,
	OPERATIONS_END,
} from "./lzma-memory";
import { stateAfterLiteral, stateAfterMatch, stateAfterRep, stateAfterShortRep } from "./lzma-probabilities";
import { encodeLiteral, encodeMatch, encodeRep, rep0, rep1, rep2, rep3, state } from "./lzma2-chunks";
import { copySixteen, fillFour } from "./wide";

const UNREACHED: i32 = 1 << 30;
const LENGTH_MASK: u32 = 0x1ff;
const COMPOUND: u32 = 1 << 9;
const VALUE_SHIFT: u32 = 10;
const FIRST_DISTANCE: u32 = 4;
const LITERAL_VALUE: u32 = 0x3fffff;
export const LITERAL: u32 = (LITERAL_VALUE << VALUE_SHIFT) | 1;
export const SHORT_REP: u32 = 1;
/** State after a match or literal, a literal and a repeat. */
const COMPOUND_STATE: u32 = 8;

/** The farthest node that some operation reaches. */
export let reach: u32 = 0;

/** The word of a match of length 0; add the length. */
export function matchArrival(distance: u32): u32 {
	return (distance + FIRST_DISTANCE) << VALUE_SHIFT;
}

/** The word of a repeat of length 0; add the length. */
export function repArrival(index: u32): u32 {
	return index << VALUE_SHIFT;
}

/** Starts a segment where the encoder stands. */
export function startSegment(): void {
	reach = 0;
	store<i32>(NODE_PRICES, 0);
	store<u8>(NODE_STATES, state);
	store<u32>(NODE_REPS, rep0);
	store<u32>(NODE_REPS, rep1, 4);
	store<u32>(NODE_REPS, rep2, 8);
	store<u32>(NODE_REPS, rep3, 12);
}

export function nodePrice(node: u32): i32 {
	return load<i32>(node << 2, NODE_PRICES);
}

/** Whether some operation arrives at a node within reach. */
export function isReached(node: u32): boolean {
	return load<i32>(node << 2, NODE_PRICES) < UNREACHED;
}

export function nodeState(node: u32): u32 {
	return load<u8>(node, NODE_STATES);
}

/** One of the last four distances (minus one) at a visited node. */
export function nodeRep(node: u32, index: u32): u32 {
	return load<u32>((node << 4) + (index << 2), NODE_REPS);
}

/** Makes nodes up to `node` reachable, at no price yet. */
export function extendReach(node: u32): void {
	if (node <= reach) return;
	for (let next = reach + 1; next <= node; next += 4) fillFour(NODE_PRICES + (next << 2), UNREACHED);
	reach = node;
}

/** Takes an arrival that is cheaper than what the node has; the node is within reach. */
export function relax(node: u32, price: i32, arrival: u32): void {
	const at = node << 2;
	const known = load<i32>(at, NODE_PRICES);
	const isCheaper = price < known;
	store<i32>(at, select<i32>(price, known, isCheaper), NODE_PRICES);
	store<u32>(at, select<u32>(arrival, load<u32>(at, NODE_ARRIVALS), isCheaper), NODE_ARRIVALS);
}

/** The same for a compound arrival of repeat length `length`. */
export function relaxCompound(node: u32, price: i32, lead: u32, length: u32): void {
	extendReach(node);
	if (price >= load<i32>(node << 2, NODE_PRICES)) return;
	store<i32>(node << 2, price, NODE_PRICES);
	store<u32>(node << 2, COMPOUND | length, NODE_ARRIVALS);
	store<u32>(node << 2, lead, NODE_LEADS);
}

/** Prices of an operation that costs the same whatever its length state. */
export const NO_PRICES: u32 = <u32>memory.data(16, 16);

/**
 * Relaxes the nodes `from`..`to` bytes after `node` by the operation `arrival` (of length 0), which costs `price`
 * and what two tables add: `statePrices` is the address of what lengths 2, 3, 4 and all others cost (i32 each),
 * `lengthPrices` of the price of length 2.
 */
export function relaxLengths(
	node: u32,
	from: u32,
	to: u32,
	price: i32,
	statePrices: u32,
	lengthPrices: u32,
	arrival: u32,
): void {
	if (ASC_FEATURE_SIMD) {
		const prices = i32x4.add(i32x4.splat(price), v128.load(statePrices));
		relaxGroups(node, from, to, prices, lengthPrices, arrival);
	} else {
		for (let length = from; length <= to; ++length) {
			const rest = load<i32>(statePrices + (min<u32>(length - 2, 3) << 2));
			relax(node + length, price + rest + load<i32>(lengthPrices + ((length - 2) << 2)), arrival + length);
		}
	}
}

/** Lengths go in the same groups of four whatever `from`, so that a group is loaded just as it was last stored. */
function relaxGroups(node: u32, from: u32, to: u32, prices: v128, lengthPrices: u32, arrival: u32): void {
	const first = i32x4.splat(from);
	const last = i32x4.splat(to);
	const word = i32x4.splat(arrival);
	let lengths = i32x4(2, 3, 4, 5);
	if (from <= 5) relaxGroup((node + 2) << 2, first, last, lengths, prices, lengthPrices, word);
	const farPrices = v128.shuffle<i32>(prices, prices, 3, 3, 3, 3);
	for (let group = max<u32>(6, ((from - 2) & ~3) + 2); group <= to; group += 4) {
		lengths = i32x4.add(i32x4.splat(group), i32x4(0, 1, 2, 3));
		relaxGroup((node + group) << 2, first, last, lengths, farPrices, lengthPrices + (group << 2) - 8, word);
	}
}

function relaxGroup(
	at: u32,
	first: v128,
	last: v128,
	lengths: v128,
	prices: v128,
	lengthPrices: u32,
	word: v128,
): void {
	const totals = i32x4.add(prices, v128.load(lengthPrices));
	const known = v128.load(at, NODE_PRICES);
	const isMeant = v128.and(i32x4.ge_s(lengths, first), i32x4.le_s(lengths, last));
	const isCheaper = v128.and(i32x4.lt_s(totals, known), isMeant);
	v128.store(at, v128.bitselect(totals, known, isCheaper), NODE_PRICES);
	const arrivals = v128.load(at, NODE_ARRIVALS);
	v128.store(at, v128.bitselect(i32x4.add(word, lengths), arrivals, isCheaper), NODE_ARRIVALS);
}

/** Arrives at a node by a match so long that nothing else is tried. */
export function commit(node: u32, arrival: u32): void {
	store<u32>(node << 2, arrival, NODE_ARRIVALS);
}

/** Works out state and distances of a node from the one it is reached from. */
export function visitNode(node: u32): void {
	const arrival = load<u32>(node << 2, NODE_ARRIVALS);
	if (arrival & COMPOUND) return visitCompound(node, arrival & LENGTH_MASK);
	const origin = node - (arrival & LENGTH_MASK);
	const value = arrival >> VALUE_SHIFT;
	const before = nodeState(origin);
	if (value == LITERAL_VALUE) {
		store<u8>(node, stateAfterLiteral(before), NODE_STATES);
		copySixteen(NODE_REPS + (node << 4), NODE_REPS + (origin << 4));
	} else if (arrival == SHORT_REP) {
		store<u8>(node, stateAfterShortRep(before), NODE_STATES);
		copySixteen(NODE_REPS + (node << 4), NODE_REPS + (origin << 4));
	} else {
		const after = value < FIRST_DISTANCE ? stateAfterRep(before) : stateAfterMatch(before);
		store<u8>(node, after, NODE_STATES);
		visitDistances(node, origin, value);
	}
}

function visitCompound(node: u32, length: u32): void {
	const lead = load<u32>(node << 2, NODE_LEADS);
	const origin = node - length - 1 - (lead & LENGTH_MASK);
	store<u8>(node, COMPOUND_STATE, NODE_STATES);
	visitDistances(node, origin, lead >> VALUE_SHIFT);
}

/** The distances of `origin` after a match or repeat of `value`. */
function visitDistances(node: u32, origin: u32, value: u32): void {
	if (ASC_FEATURE_SIMD) shuffleDistances(node, origin, value);
	else moveDistances(node, origin, value);
}

function moveDistances(node: u32, origin: u32, value: u32): void {
	const isMatch = value >= FIRST_DISTANCE;
	store<u32>(node << 4, isMatch ? value - FIRST_DISTANCE : nodeRep(origin, value), NODE_REPS);
	const moved: u32 = isMatch ? 3 : value;
	for (let index: u32 = 1; index < 4; ++index) {
		const before = nodeRep(origin, index - u32(index <= moved));
		store<u32>((node << 4) + (index << 2), before, NODE_REPS);
	}
}

function shuffleDistances(node: u32, origin: u32, value: u32): void {
	const before = v128.load(origin << 4, NODE_REPS);
	let after = before;
	if (value >= FIRST_DISTANCE) {
		const distance = i32x4.splat(value - FIRST_DISTANCE);
		after = v128.shuffle<i32>(distance, before, 0, 4, 5, 6);
	} else if (value == 1) {
		after = v128.shuffle<i32>(before, before, 1, 0, 2, 3);
	} else if (value == 2) {
		after = v128.shuffle<i32>(before, before, 2, 0, 1, 3);
	} else if (value == 3) {
		after = v128.shuffle<i32>(before, before, 3, 0, 1, 2);
	}
	v128.store(node << 4, after, NODE_REPS);
}

/** Encodes the way to `node`. */
export function encodeWay(node: u32): void {
	let first = OPERATIONS_END;
	while (node > 0) {
		const arrival = load<u32>(node << 2, NODE_ARRIVALS);
		node -= arrival & LENGTH_MASK;
		first -= 4;
		store<u32>(first, arrival & ~COMPOUND);
		if (!(arrival & COMPOUND)) continue;
		const lead = load<u32>((node + (arrival & LENGTH_MASK)) << 2, NODE_LEADS);
		node -= 1 + (lead & LENGTH_MASK);
		store<u32>(first - 4, LITERAL);
		first -= 4;
		if (!lead) continue;
		first -= 4;
		store<u32>(first, lead);
	}
	for (; first < OPERATIONS_END; first += 4) encodeArrival(load<u32>(first));
}

function encodeArrival(arrival: u32): void {
	const value = arrival >> VALUE_SHIFT;
	if (value == LITERAL_VALUE) encodeLiteral();
	else if (value < FIRST_DISTANCE) encodeRep(arrival & LENGTH_MASK, value);
	else encodeMatch(arrival & LENGTH_MASK, value - FIRST_DISTANCE);
}
