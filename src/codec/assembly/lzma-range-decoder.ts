/**
 * Decodes bits of LZMA: single flags, trees, literals and distances.
 *
 * Each bit waits for the one before, so what a bit needs has to be in registers. V8 keeps locals in registers and
 * globals in memory. These functions share the lets below, which no language of WebAssembly can pass around for free:
 * the build puts every function of this file in place of its calls, and turns the lets into locals of the one function
 * that calls them (`registers.mjs`). Nothing here lasts over a call of that function.
 *
 * V8 joins a comparison with the choice that depends on it (`cmp`, `cmov`) where nothing else uses the comparison, and
 * compares twice more otherwise. So the same question, whether a bit is 0, is asked in a different way each time:
 * `code < bound`, `code >= bound`, `rest <= code`, and the sign of `rest`.
 *
 * A tree of 2^n values has its nodes in the order of the values that they divide: the root lies in the middle, at
 * `1 << n` bytes, and a node's children half as far before and after it as its own parent. The chances of both children
 * are loaded before the bit is known, but after the node's own chance is stored: earlier, they take two registers that
 * the bit itself needs.
 */
import { lowered, raised, TOP } from "./lzma-chances";

/** The interval, at least TOP before each bit, and where in it the input lies. */
let range: u32 = 0;
let code: u32 = 0;
/** The next byte of the input. */
let at: usize = 0;

/** The chance of a 0 as the next bit, and how much of the interval that is. */
let chance: u32 = 0;
let bound: u32 = 0;
/** `code` less `bound`; and -1 where that is negative, so that the bit is 0, otherwise 0. */
let rest: i64 = 0;
let isZeroMask: i32 = 0;

/** The tree and what is known of the value, two bytes for each value that lies before those still possible. */
let place: usize = 0;
/** The chances of the node's children. */
let lower: u32 = 0;
let upper: u32 = 0;

/** The byte at the last distance, as a place in the literal's trees; and 0x200 while the literal agrees with it. */
let matched: u32 = 0;
let agrees: u32 = 0;

/** Begins at `input`, the first byte of a chunk, which is 0. */
export function beginChunk(input: usize): void {
	range = 0xffffffff;
	code = bswap<u32>(load<u32>(input, 1));
	at = input + 5;
}

/** Whether more input was taken than there is. */
export function isPast(inputEnd: usize): bool {
	return at > inputEnd;
}

/** Whether the chunk ends as it has to: all input taken, and nothing left of the number. */
export function endsChunk(inputEnd: usize): bool {
	fillRange();
	return code == 0 && at == inputEnd;
}

function fillRange(): void {
	if (range < TOP) {
		range <<= 8;
		code = (code << 8) | load<u8>(at++);
	}
}

function divideRange(): void {
	fillRange();
	bound = (range >>> 11) * chance;
}

/** Whether the next bit, whose chance is at `slot`, is 0. `takeZero` or `takeOne` has to follow. */
export function isZero(slot: usize): bool {
	chance = load<u16>(slot);
	divideRange();
	return code < bound;
}

export function takeZero(slot: usize): void {
	range = bound;
	store<u16>(slot, raised(chance));
}

export function takeOne(slot: usize): void {
	range -= bound;
	code -= bound;
	store<u16>(slot, lowered(chance));
}

/** Takes a bit that nothing can predict, without a branch; `subtract` has to follow. */
function takeBit(slot: usize): void {
	divideRange();
	rest = <i64>code - <i64>bound;
	isZeroMask = <i32>(rest >> 63);
	store<u16>(slot, chance - (<i32>(chance - (isZeroMask & 2017)) >> 5));
	range = select<u32>(bound, range - bound, code < bound);
}

function subtract(): void {
	code = select<u32>(code, <u32>rest, rest < 0);
}

/** The bit that `takeBit` took. */
function bit(): u32 {
	return 1 + isZeroMask;
}

/** Begins at the root of a tree, which lies `half` bytes after its begin. */
export function openTree(tree: usize, half: u32): void {
	place = tree;
	chance = load<u16>(tree + half);
}

/** Takes the bit whose node lies `half` bytes after the least value that is still possible. */
export function treeBit(half: u32): void {
	takeBit(place + half);
	lower = load<u16>(place + (half >> 1));
	upper = load<u16>(place + half + (half >> 1));
	chance = select<u32>(upper, lower, <u32>rest <= code);
	place = select<usize>(place + half, place, code >= bound);
	subtract();
}

function lastBit(): void {
	takeBit(place + 2);
	place += bit() << 1;
	subtract();
}

/** The last three bits of a tree; returns the value. */
export function lastThreeBits(tree: usize): u32 {
	treeBit(8);
	treeBit(4);
	lastBit();
	return <u32>(place - tree) >>> 1;
}

/** The first four bits of a tree of 256 values; returns the least value that is still possible. */
export function firstFourBits(tree: usize): u32 {
	openTree(tree, 256);
	treeBit(256);
	treeBit(128);
	treeBit(64);
	treeBit(32);
	return <u32>(place - tree) >>> 1;
}

/** The last four bits of a tree; returns the value. */
export function lastFourBits(tree: usize): u32 {
	treeBit(16);
	return lastThreeBits(tree);
}

export function distanceSlot(tree: usize): u32 {
	openTree(tree, 64);
	treeBit(64);
	treeBit(32);
	treeBit(16);
	return lastThreeBits(tree);
}

/** A bit of a literal after a match. */
function matchedBit(half: u32): void {
	matched <<= 1;
	const matchBit = matched & agrees;
	const slot = place + agrees + matchBit + half;
	chance = load<u16>(slot);
	takeBit(slot);
	place = select<usize>(place + half, place, code >= bound);
	subtract();
	agrees &= matchBit ^ isZeroMask;
}

/**
 * The first four bits of a literal after a match: chances depend on the `byte` at the last distance, as long as its bits
 * are the literal's. Returns the least value that is still possible.
 */
export function firstMatchedBits(tree: usize, byte: u32): u32 {
	matched = byte << 1;
	agrees = 0x200;
	place = tree;
	matchedBit(256);
	matchedBit(128);
	matchedBit(64);
	matchedBit(32);
	return <u32>(place - tree) >>> 1;
}

/** The last four bits of a literal after a match; returns the value. */
export function lastMatchedBits(tree: usize): u32 {
	matchedBit(16);
	matchedBit(8);
	matchedBit(4);
	matchedBit(2);
	return <u32>(place - tree) >>> 1;
}

/** Bits of even chances, highest first. */
export function directBits(count: u32): u32 {
	let value: u32 = 0;
	for (; count > 0; count--) {
		fillRange();
		range >>>= 1;
		const left = code - range;
		const isZeroMask = <i32>left >> 31;
		code = left + (range & isZeroMask);
		value = (value << 1) + 1 + isZeroMask;
	}
	return value;
}

/** The four lowest bits of far distances, lowest first. */
export function alignBits(tree: usize): u32 {
	openTree(tree, 16);
	treeBit(16);
	let value = bit();
	treeBit(8);
	value += bit() << 1;
	treeBit(4);
	value += bit() << 2;
	lastBit();
	return value + (bit() << 3);
}

/** `count` bits, lowest first, whose tree has the children of node n at 2n and 2n + 1. */
export function reverseBits(tree: usize, count: u32): u32 {
	let value: u32 = 0;
	let node: u32 = 1;
	for (let shift: u32 = 0; shift < count; shift++) {
		const slot = tree + (node << 1);
		chance = load<u16>(slot);
		takeBit(slot);
		node = (node << 1) + bit();
		value += bit() << shift;
		subtract();
	}
	return value;
}
