// Match finder. The block is complete before it is parsed, so all links are made in one pass
// of the block; then any position may be searched, in any order.
import { INPUT, MATCHES, NEAR_LINKS, PAIR_HEADS, QUAD_HEADS, QUAD_LINKS, TRIPLE_HEADS } from "./lzma-memory";

const HEADS_SIZE: u32 = QUAD_HEADS + 0x40000 - PAIR_HEADS;
const MULTIPLIER: u32 = 0x9e3779b1;
const TRIPLE_SHIFT: u32 = 32 - 15;
const QUAD_SHIFT: u32 = 32 - 16;
/** Differences of stamps must fit into an i32. */
const MAX_GENERATION: u32 = 0x7fffffff;
/** Pairs and triples farther away never pay. */
const MAX_NEAR: u32 = 0xffff;

/**
 * Heads hold generation + position. The generation grows by each block's length, so that what
 * earlier blocks left is below it and the tables need no clearing; no output depends on it.
 */
let generation: u32 = 1;

/** Length of the block in INPUT. */
export let blockLength: u32 = 0;
/** No match reaches farther back. */
let dictionarySize: u32 = 0;

function nextGeneration(length: u32): void {
	generation += blockLength;
	blockLength = length;
	if (generation + length <= MAX_GENERATION) return;
	memory.fill(PAIR_HEADS, 0, HEADS_SIZE);
	generation = 1;
}

/** Links every position of the block in INPUT with earlier ones. */
export function linkPositions(length: u32, dictionary: u32): void {
	nextGeneration(length);
	dictionarySize = dictionary;
	const base = generation;
	const reach = min<u32>(dictionary, MAX_NEAR);
	for (let position: u32 = 0; position < length; ++position) {
		const word = load<u32>(position, INPUT);
		const stamp = base + position;
		const nearest = min<u32>(position, reach);
		const pairHead = (word & 0xffff) << 2;
		const tripleHead = (((word << 8) * MULTIPLIER) >> TRIPLE_SHIFT) << 2;
		const quadHead = ((word * MULTIPLIER) >> QUAD_SHIFT) << 2;
		const pair = stamp - load<u32>(pairHead, PAIR_HEADS);
		const triple = stamp - load<u32>(tripleHead, TRIPLE_HEADS);
		const near = select<u32>(pair, 0, pair <= nearest) | (select<u32>(triple, 0, triple <= nearest) << 16);
		store<u32>(position << 2, near, NEAR_LINKS);
		store<i32>(position << 2, load<u32>(quadHead, QUAD_HEADS) - base, QUAD_LINKS);
		store<u32>(pairHead, stamp, PAIR_HEADS);
		store<u32>(tripleHead, stamp, TRIPLE_HEADS);
		store<u32>(quadHead, stamp, QUAD_HEADS);
	}
}

/** How many bytes from `a` and `b` on are equal, knowing `length` are, up to `limit`. Reads 8 bytes past. */
export function extendMatch(a: u32, b: u32, length: u32, limit: u32): u32 {
	while (length < limit) {
		const difference = load<u64>(a + length, INPUT) ^ load<u64>(b + length, INPUT);
		if (difference) return min<u32>(length + (<u32>ctz(difference) >> 3), limit);
		length += 8;
	}
	return limit;
}

/**
 * Finds matches of the bytes at `position`, at most `limit` (>= 2) long, trying `depth` links
 * and no more once one is `nice` long.
 * @returns the end of the list at MATCHES: {length, distance - 1}, both increasing.
 */
export function findMatches(position: u32, limit: u32, depth: i32, nice: u32): u32 {
	let found = MATCHES;
	let best: u32 = 1;
	const word = load<u32>(position, INPUT);
	const near = load<u32>(position << 2, NEAR_LINKS);
	const pair = near & 0xffff;
	if (pair) {
		best = extendMatch(position, position - pair, 2, limit);
		store<u32>(found, best);
		store<u32>(found, pair - 1, 4);
		found += 8;
	}
	if (limit < 4) return found;
	const triple = near >> 16;
	if (triple > pair && best < 3 && ((load<u32>(position - triple, INPUT) ^ word) & 0xffffff) == 0) {
		best = extendMatch(position, position - triple, 3, limit);
		store<u32>(found, best);
		store<u32>(found, triple - 1, 4);
		found += 8;
	}
	const enough = min<u32>(nice, limit);
	if (best >= enough) return found;
	if (best < 3) best = 3;
	let candidate = load<i32>(position << 2, QUAD_LINKS);
	let ending = load<u32>(position + best, INPUT - 3);
	const floor = max<i32>(0, position - dictionarySize);
	while (candidate >= floor) {
		const next = load<i32>(candidate << 2, QUAD_LINKS);
		if (load<u32>(candidate + best, INPUT - 3) == ending && load<u32>(candidate, INPUT) == word) {
			const length = extendMatch(position, candidate, 4, limit);
			if (length > best) {
				best = length;
				store<u32>(found, best);
				store<u32>(found, position - candidate - 1, 4);
				found += 8;
				if (best >= enough) break;
				ending = load<u32>(position + best, INPUT - 3);
			}
		}
		if (--depth == 0) break;
		candidate = next;
	}
	return found;
}
