// The optimal parser: finds the cheapest way through segments of the block by the prices of
// now. A node that the next one is hardly dearer than is not expanded: that is where the
// time goes, and what it finds is seldom better.

import { blockLength, extendMatch, findMatches } from "./lzma-matches";
import { INPUT, MATCHES, MAX_NODES } from "./lzma-memory";
import {
	commit,
	encodeWay,
	extendReach,
	isReached,
	LITERAL,
	matchArrival,
	NO_PRICES,
	nodePrice,
	nodeRep,
	nodeState,
	reach,
	relax,
	relaxCompound,
	relaxLengths,
	repArrival,
	SHORT_REP,
	startSegment,
	visitNode,
} from "./lzma-nodes";
import {
	alignPrice,
	distancePrices,
	flagPrices,
	LITERAL_FLAGS,
	literalPrice,
	MATCH_FLAGS,
	matchedLiteralPrice,
	matchLengthPrices,
	REP_FLAGS,
	refreshLiterals,
	refreshPrices,
	repLengthPrices,
	SHORT_REP_FLAGS,
} from "./lzma-prices";
import * as chance from "./lzma-probabilities";
import { MAX_MATCH, MIN_MATCH } from "./lzma-symbols";
import { encodedPosition, encodeLiteral, flushQueue, isOverLimit } from "./lzma2-chunks";

/** A segment ends at the first node nothing jumps over, from here on; by then prices are dated. */
const SEGMENT_NODES: u32 = 128;
/** ... or at any node here: the longest operations still fit into the table. */
const LAST_NODE: u32 = MAX_NODES - 2 * (MAX_MATCH + 1) - 4;
/** Prices are rebuilt sooner at the start: chances change the fastest there. */
const FIRST_REFRESH: u32 = 64;
/** A literal context waits for this many literals; not at the start, where each one tells a lot. */
const MIN_USES: u32 = 16;
const FEW_USES_END: u32 = 1024;

/** Links tried in a search. */
let searchDepth: i32 = 0;
/** A match this long is taken at once. */
let niceLength: u32 = 0;
/** See `configureSkipping`. */
let skipPrice: i32 = 0;
let skipPricePerByte: i32 = 0;
let farSkipPrice: i32 = 0;
/** Bytes between rebuilt prices. */
let refreshInterval: u32 = 0;

/**
 * Sets which nodes are not expanded. All prices are in 1/16 bit.
 * @param price a node is passed over when the next one is at most this much dearer,
 * @param perByte and this for each byte that some way already reaches past it: nodes deep inside a long
 * match are hardly ever worth it.
 * @param far or when the node four bytes on is at most this much dearer: a way through this node
 * must beat that by an operation at least.
 */
export function configureSkipping(price: i32, perByte: i32, far: i32): void {
	skipPrice = price;
	skipPricePerByte = perByte;
	farSkipPrice = far;
}

/** How far the second look of the skip rule reaches. */
const FAR_NODE: u32 = 4;

/** Position of the segment's node 0. */
let segmentStart: u32 = 0;

/**
 * Encodes the whole block.
 * @param depth links tried in a search. @param nice a match this long is taken at once.
 * @param interval bytes between rebuilt prices.
 */
export function parseOptimal(depth: i32, nice: u32, interval: u32): void {
	searchDepth = depth;
	niceLength = nice;
	refreshInterval = interval;
	encodeLiteral();
	let refresh: u32 = 0;
	while (encodedPosition < blockLength && !isOverLimit) {
		if (encodedPosition >= refresh) {
			flushQueue();
			refreshLiterals(refresh == 0 ? 0 : encodedPosition < FEW_USES_END ? 1 : MIN_USES);
			refreshPrices();
			refresh = encodedPosition + min<u32>(max<u32>(encodedPosition, FIRST_REFRESH), refreshInterval);
		}
		segmentStart = encodedPosition;
		startSegment();
		encodeWay(findSegmentEnd());
	}
}

/** Expands nodes until all ways meet in one. */
function findSegmentEnd(): u32 {
	const last = min<u32>(blockLength - segmentStart, LAST_NODE);
	let committed = expand(0);
	let node: u32 = 1;
	while (committed == 0 && node < last && !(node == reach && node >= SEGMENT_NODES)) {
		if (isWorthExpanding(node)) {
			visitNode(node);
			committed = expand(node);
		}
		++node;
	}
	if (committed) return node - 1 + committed;
	// A segment that is cut off may end at a node that the skip rule left unreached.
	while (!isReached(node)) --node;
	return node;
}

function isWorthExpanding(node: u32): boolean {
	const left = reach - node;
	if (left == 0) return true;
	const price = nodePrice(node);
	if (nodePrice(node + 1) <= price + skipPrice + skipPricePerByte * left) return false;
	return left < FAR_NODE || nodePrice(node + FAR_NODE) > price + farSkipPrice;
}

/**
 * Tries all operations from a node.
 * @returns the length of the one that was so long that it was taken, or 0.
 */
function expand(node: u32): u32 {
	const position = segmentStart + node;
	const limit = min<u32>(blockLength - position, MAX_MATCH);
	const state = nodeState(node);
	const price = nodePrice(node);
	const flags = flagPrices(state, position);
	extendReach(node + 1);
	expandSingle(node, position, limit, price, state, flags);
	if (limit < MIN_MATCH) return 0;
	const repeated = expandReps(node, position, limit, price, state, flags);
	if (repeated >= niceLength) return repeated;
	return expandMatches(node, position, limit, price + load<i32>(flags, MATCH_FLAGS), state);
}

/** A literal, a short repeat, and a literal with a repeat after it. */
function expandSingle(node: u32, position: u32, limit: u32, price: i32, state: u32, flags: u32): void {
	const rep = nodeRep(node, 0);
	const expected: u32 = load<u8>(position - rep, INPUT - 1);
	const symbolPrice = state < 7 ? literalPrice(position) : matchedLiteralPrice(position, expected);
	const literal = price + load<i32>(flags, LITERAL_FLAGS) + symbolPrice;
	relax(node + 1, literal, LITERAL);
	if (expected == load<u8>(position, INPUT)) {
		relax(node + 1, price + load<i32>(flags, SHORT_REP_FLAGS), SHORT_REP);
	} else if (limit > MIN_MATCH) {
		expandTail(node, position, limit, literal, chance.stateAfterLiteral(state), rep, 0);
	}
}

/**
 * A repeat of `distance` from one byte after `position`, where a literal was priced: `price`
 * and `state` are those after it. `lead` is what ended at `position`, which is that of `node`.
 */
function expandTail(
	node: u32,
	position: u32,
	limit: u32,
	price: i32,
	state: u32,
	distance: u32,
	lead: u32,
): void {
	const start = position + 1;
	const earlier = start - distance - 1;
	if (load<u16>(start, INPUT) != load<u16>(earlier, INPUT)) return;
	const length = extendMatch(start, earlier, MIN_MATCH, limit - 1);
	const lengthPrice = load<i32>(repLengthPrices(start) + ((length - MIN_MATCH) << 2));
	const total = price + load<i32>(flagPrices(state, start), REP_FLAGS) + lengthPrice;
	relaxCompound(node + 1 + length, total, lead, length);
}

/** @returns the length of a repeat that was taken at once, else 0. */
function expandReps(node: u32, position: u32, limit: u32, price: i32, state: u32, flags: u32): u32 {
	const word = load<u16>(position, INPUT);
	for (let index: u32 = 0; index < 4; ++index) {
		const distance = nodeRep(node, index);
		if (word != load<u16>(position - distance, INPUT - 1)) continue;
		const length = extendMatch(position, position - distance - 1, MIN_MATCH, limit);
		const arrival = repArrival(index);
		if (length >= niceLength) {
			commit(node + length, arrival + length);
			return length;
		}
		extendReach(node + length);
		const lengthPrices = repLengthPrices(position);
		const total = price + load<i32>(flags + (index << 2), REP_FLAGS);
		relaxLengths(node, MIN_MATCH, length, total, NO_PRICES, lengthPrices, arrival);
		const full = total + load<i32>(lengthPrices + ((length - MIN_MATCH) << 2));
		expandLead(node, position, limit, full, chance.stateAfterRep(state), distance, arrival + length, length);
	}
	return 0;
}

/** After a match or repeat at full length: the literal that breaks it, and its going on. */
function expandLead(
	node: u32,
	position: u32,
	limit: u32,
	price: i32,
	state: u32,
	distance: u32,
	lead: u32,
	length: u32,
): void {
	if (length + 1 + MIN_MATCH > limit) return;
	const end = position + length;
	if (load<u16>(end, INPUT + 1) != load<u16>(end - distance, INPUT)) return;
	const symbolPrice = matchedLiteralPrice(end, load<u8>(end - distance, INPUT - 1));
	const literal = price + load<i32>(flagPrices(state, end), LITERAL_FLAGS) + symbolPrice;
	expandTail(node + length, end, limit - length, literal, chance.stateAfterLiteral(state), distance, lead);
}

/** @returns the length of a match that was taken at once, else 0. */
function expandMatches(node: u32, position: u32, limit: u32, price: i32, state: u32): u32 {
	const end = findMatches(position, limit, searchDepth, niceLength, true);
	if (end == MATCHES) return 0;
	const longest = load<u32>(end - 8);
	if (longest >= niceLength) {
		commit(node + longest, matchArrival(load<u32>(end - 4)) + longest);
		return longest;
	}
	extendReach(node + longest);
	const lengthPrices = matchLengthPrices(position);
	const after = chance.stateAfterMatch(state);
	let from: u32 = MIN_MATCH;
	for (let entry = MATCHES; entry < end; entry += 8) {
		const length = load<u32>(entry);
		const distance = load<u32>(entry, 4);
		const arrival = matchArrival(distance);
		const base = price + alignPrice(distance);
		const prices = distancePrices(distance);
		relaxLengths(node, from, length, base, prices, lengthPrices, arrival);
		from = length + 1;
		const full =
			base +
			load<i32>(prices + (min<u32>(length - MIN_MATCH, 3) << 2)) +
			load<i32>(lengthPrices + ((length - MIN_MATCH) << 2));
		expandLead(node, position, limit, full, after, distance, arrival + length, length);
	}
	return 0;
}
