// Spells operations as queue entries for the range coder: (address of probability) << 1 | bit,
// or DIRECT entries. Each push function takes the end of the queue and returns the new one.
import { INPUT } from "./lzma-memory";
import * as chance from "./lzma-probabilities";
import { DIRECT } from "./lzma-range-coder";

/** Smallest match. */
export const MIN_MATCH: u32 = 2;
/** Largest match. */
export const MAX_MATCH: u32 = 273;

function pushBit(queue: u32, address: u32, bit: u32): u32 {
	store<u32>(queue, (address << 1) | bit);
	return queue + 4;
}

/** symbol >> shift, and by one, two and three bits less. */
function prefixes(symbol: u32, shift: i32): v128 {
	return i32x4.shr_u(i32x4.mul(i32x4.splat(symbol), i32x4(1, 2, 4, 8)), shift);
}

/** Entries whose bits are the lowest of `prefixes`, in the tree nodes that the rest of them names. */
function treeEntries(tree: v128, prefixes: v128): v128 {
	return i32x4.add(i32x4.add(tree, prefixes), v128.and(prefixes, i32x4.splat(~1)));
}

/** The entry whose bit is the lowest of `prefix`, in the tree node that the rest of it names. */
function treeEntry(tree: u32, prefix: u32): u32 {
	return (tree << 1) + prefix + (prefix & ~1);
}

/** Highest bit first, each coded in the node of the bits before it; at most 8. Overwrites up to 32 bytes. */
function pushTree(queue: u32, tree: u32, bits: u32, symbol: u32): u32 {
	symbol |= 1 << bits;
	if (ASC_FEATURE_SIMD) {
		const base = i32x4.splat(tree << 1);
		v128.store(queue, treeEntries(base, prefixes(symbol, bits - 1)));
		if (bits > 4) v128.store(queue, treeEntries(base, prefixes(symbol, bits - 5)), 16);
	} else {
		for (let bit: u32 = 0; bit < bits; ++bit) {
			store<u32>(queue + (bit << 2), treeEntry(tree, symbol >> (bits - 1 - bit)));
		}
	}
	return queue + (bits << 2);
}

/** Lowest bit first. */
function pushReverseTree(queue: u32, tree: u32, bits: u32, symbol: u32): u32 {
	let node: u32 = 1;
	for (; bits > 0; --bits) {
		const bit = symbol & 1;
		queue = pushBit(queue, tree + (node << 1), bit);
		node = (node << 1) | bit;
		symbol >>= 1;
	}
	return queue;
}

/** The literal at `position`; `rep0` is the last distance, minus one. */
export function pushLiteral(queue: u32, position: u32, state: u32, rep0: u32): u32 {
	queue = pushBit(queue, chance.IS_MATCH + (((state << 4) + (position & chance.positionMask)) << 1), 0);
	const symbol: u32 = load<u8>(position, INPUT);
	const context = chance.literalContext(position, load<u8>(position, INPUT - 1));
	const tree = chance.literalProbabilities(context);
	if (state < 7) return pushTree(queue, tree, 8, symbol);
	return pushMatchedLiteral(queue, tree, symbol, load<u8>(position - rep0, INPUT - 1));
}

/** A literal where a match would have continued with `expected`: chances depend on it while it fits. */
function pushMatchedLiteral(queue: u32, tree: u32, symbol: u32, expected: u32): u32 {
	if (ASC_FEATURE_SIMD) {
		const base = i32x4.splat(tree << 1);
		v128.store(queue, matchedEntries(base, symbol, expected, 7));
		v128.store(queue, matchedEntries(base, symbol, expected, 3), 16);
	} else {
		for (let bit: u32 = 0; bit < 8; ++bit) {
			store<u32>(queue + (bit << 2), matchedEntry(tree, symbol, expected, 7 - bit));
		}
	}
	return queue + 32;
}

function matchedEntry(tree: u32, symbol: u32, expected: u32, shift: u32): u32 {
	const fits = (symbol ^ expected) >> (shift + 1) == 0;
	const offset: u32 = fits ? 0x200 + (((expected >> shift) & 1) << 9) : 0;
	return treeEntry(tree + offset, (symbol | 0x100) >> shift);
}

/** The entries of the bit at `shift` and the next three. */
function matchedEntries(base: v128, symbol: u32, expected: u32, shift: i32): v128 {
	const fits = i32x4.eq(prefixes(symbol ^ expected, shift + 1), i32x4.splat(0));
	const expectedBit = v128.and(prefixes(expected, shift), i32x4.splat(1));
	// The plain tree is followed by those for an expected zero and an expected one.
	const offset = i32x4.add(i32x4.splat(0x400), i32x4.shl(expectedBit, 10));
	return treeEntries(i32x4.add(base, v128.and(fits, offset)), prefixes(symbol | 0x100, shift));
}

function pushLength(queue: u32, coder: u32, length: u32, positionState: u32): u32 {
	const symbol = length - MIN_MATCH;
	if (symbol < 8) {
		queue = pushBit(queue, coder, 0);
		return pushTree(queue, coder + chance.LENGTH_LOW + (positionState << 4), 3, symbol);
	}
	queue = pushBit(queue, coder, 1);
	if (symbol < 16) {
		queue = pushBit(queue, coder + 2, 0);
		return pushTree(queue, coder + chance.LENGTH_MIDDLE + (positionState << 4), 3, symbol - 8);
	}
	queue = pushBit(queue, coder + 2, 1);
	return pushTree(queue, coder + chance.LENGTH_HIGH, 8, symbol - 16);
}

/** A match of `length` at `distance` (minus one). */
export function pushMatch(queue: u32, position: u32, state: u32, length: u32, distance: u32): u32 {
	const positionState = position & chance.positionMask;
	queue = pushBit(queue, chance.IS_MATCH + (((state << 4) + positionState) << 1), 1);
	queue = pushBit(queue, chance.IS_REP + (state << 1), 0);
	queue = pushLength(queue, chance.MATCH_LENGTH, length, positionState);
	const slot = chance.distanceSlot(distance);
	queue = pushTree(queue, chance.DISTANCE_SLOT + (min<u32>(length - MIN_MATCH, 3) << 7), 6, slot);
	if (slot < 4) return queue;
	const bits = (slot >> 1) - 1;
	const base = (2 | (slot & 1)) << bits;
	if (slot < 14) {
		return pushReverseTree(queue, chance.NEAR_DISTANCE + ((base - slot - 1) << 1), bits, distance - base);
	}
	store<u32>(queue, DIRECT | ((bits - 4) << 24) | ((distance - base) >> 4));
	return pushReverseTree(queue + 4, chance.ALIGN, 4, distance & 15);
}

/** A match at one of the last four distances; length 1 only with index 0. */
export function pushRep(queue: u32, position: u32, state: u32, length: u32, index: u32): u32 {
	const positionState = position & chance.positionMask;
	const stateAndPosition = ((state << 4) + positionState) << 1;
	queue = pushBit(queue, chance.IS_MATCH + stateAndPosition, 1);
	queue = pushBit(queue, chance.IS_REP + (state << 1), 1);
	if (index == 0) {
		queue = pushBit(queue, chance.IS_NOT_REP0 + (state << 1), 0);
		queue = pushBit(queue, chance.IS_LONG_REP0 + stateAndPosition, <u32>(length != 1));
		if (length == 1) return queue;
	} else {
		queue = pushBit(queue, chance.IS_NOT_REP0 + (state << 1), 1);
		queue = pushBit(queue, chance.IS_NOT_REP1 + (state << 1), <u32>(index > 1));
		if (index > 1) queue = pushBit(queue, chance.IS_NOT_REP2 + (state << 1), <u32>(index > 2));
	}
	return pushLength(queue, chance.REP_LENGTH, length, positionState);
}
