// Match finder. The block is complete before it is parsed, so all links are made in one pass
// of the block; then any position may be searched, in any order.
import {
	HEADS,
	HEADS_END,
	INPUT,
	MATCHES,
	QUAD_HEADS,
	QUAD_LINKS,
	TRIPLE_HEADS,
	TRIPLE_LINKS,
} from "./lzma-memory";

const MULTIPLIER: u32 = 0x9e3779b1;
const TRIPLE_SHIFT: u32 = 32 - 15;
const QUAD_SHIFT: u32 = 32 - 16;
/** Differences of stamps must fit into an i32. */
const MAX_GENERATION: u32 = 0x7fffffff;
/**
 * Triples farther away seldom pay, nor do pairs at all, save those that repeat a distance:
 * without them the search is faster, and mostly even better.
 */
const MAX_NEAR: u32 = 0x7ff;

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
	memory.fill(HEADS, 0, HEADS_END - HEADS);
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
		const tripleHead = (((word << 8) * MULTIPLIER) >> TRIPLE_SHIFT) << 2;
		const quadHead = ((word * MULTIPLIER) >> QUAD_SHIFT) << 2;
		const triple = stamp - load<u32>(tripleHead, TRIPLE_HEADS);
		store<u16>(position << 1, select<u32>(triple, 0, triple <= nearest), TRIPLE_LINKS);
		store<i32>(position << 2, load<u32>(quadHead, QUAD_HEADS) - base, QUAD_LINKS);
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
 * Finds matches of the bytes at `position`, at most `limit` long, trying `depth` links
 * and no more once one is `nice` long.
 * @param followEnding after a match, follow the links of its last three bytes and the next one
 * where these lead farther: only places that have the next byte too can be better.
 * @returns the end of the list at MATCHES: {length, distance - 1}, both increasing.
 */
export function findMatches(position: u32, limit: u32, depth: i32, nice: u32, followEnding: boolean): u32 {
	let found = MATCHES;
	if (limit < 4) return found;
	let best: u32 = 3;
	const word = load<u32>(position, INPUT);
	const triple: u32 = load<u16>(position << 1, TRIPLE_LINKS);
	if (triple && ((load<u32>(position - triple, INPUT) ^ word) & 0xffffff) == 0) {
		best = extendMatch(position, position - triple, 3, limit);
		store<u32>(found, best);
		store<u32>(found, triple - 1, 4);
		found += 8;
	}
	const enough = min<u32>(nice, limit);
	if (best >= enough) return found;
	let candidate = load<i32>(position << 2, QUAD_LINKS);
	let ending = load<u32>(position + best, INPUT - 3);
	const floor = max<i32>(0, position - dictionarySize);
	/** Where the word whose links are followed begins in the match. */
	let shift: u32 = 0;
	while (candidate >= floor) {
		let next = load<i32>((candidate + shift) << 2, QUAD_LINKS) - shift;
		// Both at once, as neither is easy to predict.
		if (((load<u32>(candidate + best, INPUT - 3) ^ ending) | (load<u32>(candidate, INPUT) ^ word)) == 0) {
			const length = extendMatch(position, candidate, 4, limit);
			if (length > best) {
				best = length;
				store<u32>(found, best);
				store<u32>(found, position - candidate - 1, 4);
				found += 8;
				if (best >= enough) break;
				ending = load<u32>(position + best, INPUT - 3);
				if (followEnding) {
					const start = best - 3;
					let other = load<i32>((position + start) << 2, QUAD_LINKS) - start;
					// The nearer ones were tried.
					while (other >= candidate && --depth > 0) {
						other = load<i32>((other + start) << 2, QUAD_LINKS) - start;
					}
					if (other < next) {
						next = other;
						shift = start;
					}
				}
			}
		}
		if (--depth <= 0) break;
		candidate = next;
	}
	return found;
}
