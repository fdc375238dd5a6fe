/**
 * LZMA2 chunks, as an .xz block holds them, of hostile origin too. The container around them
 * is parsed in `xz-decoder.ts` of the codec room.
 *
 * Memory map: PROBABILITIES u16 (see the offsets below); at INPUT the whole stream and SLACK
 * zero bytes, after it the whole output, which is the dictionary as well. The chunk decoder
 * looks where the input ends once a symbol, and no symbol takes more than SLACK bytes.
 */

import { unfilterBranches } from "./branch-filter";
import { crc32 } from "./crc32";
import { crc64 } from "./crc64";
import { copySixteen } from "./wide";

export { crc32, crc64, unfilterBranches };

const PROBABILITIES: usize = 0x10000;
const INPUT: usize = 0x20000;
const SLACK: usize = 64;

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = PROBABILITIES;

// Offsets of probabilities, in bytes.
const IS_MATCH: usize = 0; // [12 states][16 position states]
const IS_REP0_LONG: usize = IS_MATCH + 12 * 32; // [12][16]
const IS_REP: usize = IS_REP0_LONG + 12 * 32; // [12]
const IS_REP0: usize = IS_REP + 24;
const IS_REP1: usize = IS_REP0 + 24;
const IS_REP2: usize = IS_REP1 + 24;
const SLOTS: usize = IS_REP2 + 24; // [4 length states][64]
const SPECIAL: usize = SLOTS + 4 * 128; // [128], trees of the slots 4 to 13
const ALIGN: usize = SPECIAL + 256; // [16]
const MATCH_LENGTHS: usize = ALIGN + 32;
const LENGTHS_SIZE: usize = 2 * (16 + 16 * 8 + 16 * 8 + 256);
const REP_LENGTHS: usize = MATCH_LENGTHS + LENGTHS_SIZE;
const LITERALS: usize = REP_LENGTHS + LENGTHS_SIZE; // [1 << (lc + lp)][0x300]
const END: usize = LITERALS + (0x600 << 4);

// Within a length coder.
const CHOICE: usize = 0;
const CHOICE2: usize = 2;
const LOW: usize = 32; // [16 position states][8]
const MIDDLE: usize = LOW + 256; // [16][8]
const HIGH: usize = MIDDLE + 256; // [256]

const TOP: u32 = 1 << 24;

// The range decoder.
let range: u32 = 0;
let code: u32 = 0;
let input: usize = 0;

// The LZMA state that lasts over chunks.
let state: u32 = 0;
let rep0: u32 = 0;
let rep1: u32 = 0;
let rep2: u32 = 0;
let rep3: u32 = 0;
let literalContextBits: u32 = 0;
let literalPositionMask: u32 = 0;
let positionMask: u32 = 0;

let out: usize = 0;
let dictionaryStart: usize = 0;
let dictionarySize: u32 = 0;

/** Makes room for a stream of `length` bytes that expands to `maximum` at most. */
export function prepare(length: usize, maximum: usize): usize {
	const pages = <i32>((outputAddress(length) + maximum + SLACK + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	memory.fill(INPUT + length, 0, SLACK);
	return INPUT;
}

/** Where the output of a stream of `length` bytes begins. */
export function outputAddress(length: usize): usize {
	return (INPUT + length + SLACK + 15) & ~15;
}

/** Where the input goes on after `lzma2`. */
export function inputPlace(): usize {
	return input;
}

function resetState(): void {
	state = 0;
	rep0 = 0;
	rep1 = 0;
	rep2 = 0;
	rep3 = 0;
	for (let at: usize = 0; at < END; at += 4) store<u32>(PROBABILITIES + at, 0x04000400);
}

function setProperties(byte: u32): bool {
	if (byte >= 225) return false;
	const positionBits = byte / 45;
	const rest = byte % 45;
	const literalPositionBits = rest / 9;
	literalContextBits = rest % 9;
	if (literalContextBits + literalPositionBits > 4) return false;
	literalPositionMask = (1 << literalPositionBits) - 1;
	positionMask = (1 << positionBits) - 1;
	return true;
}

/** One bit by the probability at `slot`. */
function bit(slot: usize): u32 {
	const probability = <u32>load<u16>(PROBABILITIES + slot);
	if (range < TOP) {
		range <<= 8;
		code = (code << 8) | load<u8>(input++);
	}
	const bound = (range >>> 11) * probability;
	if (code < bound) {
		range = bound;
		store<u16>(PROBABILITIES + slot, probability + ((2048 - probability) >>> 5));
		return 0;
	}
	range -= bound;
	code -= bound;
	store<u16>(PROBABILITIES + slot, probability - (probability >>> 5));
	return 1;
}

/**
 * `limit` is 1 << bits; returns limit + value. Without a branch on the bit: nothing can predict those of
 * literals and distances. The chances of both children are loaded before the bit is known: they lie
 * side by side, and so the load is not waited for.
 */
function tree(slot: usize, limit: u32): u32 {
	const base = PROBABILITIES + slot;
	let r = range;
	let c = code;
	let node: u32 = 1;
	let chance = <u32>load<u16>(base, 2);
	do {
		const children = load<u32>(base + (node << 2));
		if (r < TOP) {
			r <<= 8;
			c = (c << 8) | load<u8>(input++);
		}
		const bound = (r >>> 11) * chance;
		const isZero = c < bound;
		store<u16>(base + (node << 1), adapted(chance, isZero));
		r = select<u32>(bound, r - bound, isZero);
		c = select<u32>(c, c - bound, isZero);
		node = (node << 1) + u32(!isZero);
		chance = select<u32>(children & 0xffff, children >>> 16, isZero);
	} while (node < limit);
	range = r;
	code = c;
	return node;
}

/** A probability after a bit: a 32nd of the way to 2048 after a 0, to 0 after a 1. */
function adapted(probability: u32, isZero: bool): u32 {
	return probability - (<i32>(probability - select<u32>(2017, 0, isZero)) >> 5);
}

/** `bits` bits, lowest first; the tree's root is at `slot` + 2. */
function reverseTree(slot: usize, bits: u32): u32 {
	const base = PROBABILITIES + slot;
	let r = range;
	let c = code;
	let node: u32 = 1;
	let value: u32 = 0;
	for (let place: u32 = 0; place < bits; place++) {
		const at = base + (node << 1);
		const probability = <u32>load<u16>(at);
		if (r < TOP) {
			r <<= 8;
			c = (c << 8) | load<u8>(input++);
		}
		const bound = (r >>> 11) * probability;
		const isZero = c < bound;
		r = select<u32>(bound, r - bound, isZero);
		c = select<u32>(c, c - bound, isZero);
		store<u16>(at, adapted(probability, isZero));
		const one = u32(!isZero);
		node = (node << 1) + one;
		value |= one << place;
	}
	range = r;
	code = c;
	return value;
}

function directBits(count: u32): u32 {
	let r = range;
	let c = code;
	let value: u32 = 0;
	for (; count > 0; count--) {
		if (r < TOP) {
			r <<= 8;
			c = (c << 8) | load<u8>(input++);
		}
		r >>>= 1;
		const one = u32(c >= r);
		c -= r & (0 - one);
		value = (value << 1) | one;
	}
	range = r;
	code = c;
	return value;
}

/** A literal after a match: `matched` is the byte at rep0, whose bits tell as long as they are the literal's own. */
function matchedLiteral(slot: usize, matched: u32): u32 {
	const base = PROBABILITIES + slot;
	let r = range;
	let c = code;
	let node: u32 = 1;
	let offset: u32 = 0x100;
	do {
		matched <<= 1;
		const matchBit = matched & offset;
		const at = base + ((offset + matchBit + node) << 1);
		const probability = <u32>load<u16>(at);
		if (r < TOP) {
			r <<= 8;
			c = (c << 8) | load<u8>(input++);
		}
		const bound = (r >>> 11) * probability;
		const isZero = c < bound;
		store<u16>(at, adapted(probability, isZero));
		r = select<u32>(bound, r - bound, isZero);
		c = select<u32>(c, c - bound, isZero);
		node = (node << 1) + u32(!isZero);
		offset = select<u32>(offset & ~matchBit, matchBit, isZero);
	} while (node < 0x100);
	range = r;
	code = c;
	return node;
}

function literal(): void {
	const position = <u32>(out - dictionaryStart);
	const before = position == 0 ? 0 : <u32>load<u8>(out - 1);
	const context =
		((position & literalPositionMask) << literalContextBits) + (before >>> (8 - literalContextBits));
	const slot = LITERALS + 0x600 * context;
	if (state < 7) {
		store<u8>(out++, tree(slot, 0x100));
		state = state < 4 ? 0 : state - 3;
	} else {
		store<u8>(out, matchedLiteral(slot, load<u8>(out - rep0 - 1)));
		out++;
		state = state < 10 ? state - 3 : state - 6;
	}
}

function length(coder: usize, positionState: u32): u32 {
	if (!bit(coder + CHOICE)) return tree(coder + LOW + (positionState << 4), 8) - 8 + 2;
	if (!bit(coder + CHOICE2)) return tree(coder + MIDDLE + (positionState << 4), 8) - 8 + 10;
	return tree(coder + HIGH, 256) - 256 + 18;
}

function distance(length: u32): u32 {
	const slot = tree(SLOTS + ((min<u32>(length, 5) - 2) << 7), 64) - 64;
	if (slot < 4) return slot;
	const extra = (slot >>> 1) - 1;
	const base = (2 | (slot & 1)) << extra;
	if (slot < 14) return base + reverseTree(SPECIAL + ((base - slot) << 1), extra);
	return base + (directBits(extra - 4) << 4) + reverseTree(ALIGN, 4);
}

/** The length of a match whose distance is now rep0; 1 for a short repeat. */
function match(positionState: u32): u32 {
	if (!bit(IS_REP + (state << 1))) {
		rep3 = rep2;
		rep2 = rep1;
		rep1 = rep0;
		state = state < 7 ? 7 : 10;
		const count = length(MATCH_LENGTHS, positionState);
		rep0 = distance(count);
		return count;
	}
	if (!bit(IS_REP0 + (state << 1))) {
		if (!bit(IS_REP0_LONG + (state << 5) + (positionState << 1))) {
			state = state < 7 ? 9 : 11;
			return 1;
		}
	} else {
		let chosen = rep1;
		if (bit(IS_REP1 + (state << 1))) {
			chosen = rep2;
			if (bit(IS_REP2 + (state << 1))) {
				chosen = rep3;
				rep3 = rep2;
			}
			rep2 = rep1;
		}
		rep1 = rep0;
		rep0 = chosen;
	}
	state = state < 7 ? 8 : 11;
	return length(REP_LENGTHS, positionState);
}

function copyMatch(count: usize): void {
	const back = <usize>rep0 + 1;
	const end = out + count;
	// Sixteen bytes a time may write past the end, into what is not filled yet or the slack.
	if (back >= 16) {
		for (let at = out; at < end; at += 16) copySixteen(at, at - back);
	} else if (back >= 8) {
		for (let at = out; at < end; at += 8) store<u64>(at, load<u64>(at - back));
	} else {
		for (let at = out; at < end; at++) store<u8>(at, load<u8>(at - back));
	}
	out = end;
}

/** One LZMA chunk that expands up to `outputEnd` from the packed bytes up to `inputEnd`. */
function lzmaChunk(inputEnd: usize, outputEnd: usize): bool {
	if (load<u8>(input) != 0) return false;
	range = 0xffffffff;
	code = bswap<u32>(load<u32>(input, 1));
	input += 5;
	while (out < outputEnd) {
		if (input > inputEnd) return false;
		const positionState = <u32>(out - dictionaryStart) & positionMask;
		if (!bit(IS_MATCH + (state << 5) + (positionState << 1))) {
			literal();
			continue;
		}
		const count = <usize>match(positionState);
		const filled = out - dictionaryStart;
		if (rep0 >= dictionarySize || <usize>rep0 >= filled || count > outputEnd - out) return false;
		copyMatch(count);
	}
	if (range < TOP) code = (code << 8) | load<u8>(input++);
	return code == 0 && input == inputEnd;
}

/** What the decoder still asks of the next chunk. */
const NEEDS_NOTHING = 0;
const NEEDS_PROPERTIES = 1;
const NEEDS_DICTIONARY = 2;

/**
 * Expands LZMA2 chunks from `from` on to `to`, up to their end mark.
 * @returns the expanded length, or -1 when the data is damaged.
 */
export function lzma2(from: usize, inputEnd: usize, to: usize, maximum: usize, dictionary: u32): i32 {
	const outputLimit = to + maximum;
	let needs = NEEDS_DICTIONARY;
	input = from;
	out = to;
	dictionaryStart = to;
	dictionarySize = dictionary;
	for (;;) {
		if (input >= inputEnd) return -1;
		const control = <u32>load<u8>(input);
		if (control == 0) break;
		if (control >= 0xe0 || control == 1) {
			dictionaryStart = out;
			needs = control == 1 ? NEEDS_PROPERTIES : NEEDS_NOTHING;
		} else if (needs == NEEDS_DICTIONARY) return -1;
		if (control < 0x80) {
			if (control > 2) return -1;
			const size = <usize>bswap<u16>(load<u16>(input, 1)) + 1;
			input += 3;
			if (size > inputEnd - min(input, inputEnd) || size > outputLimit - out) return -1;
			memory.copy(out, input, size);
			out += size;
			input += size;
			continue;
		}
		const size = <usize>(((control & 31) << 16) + bswap<u16>(load<u16>(input, 1))) + 1;
		const packed = <usize>bswap<u16>(load<u16>(input, 3)) + 1;
		input += 5;
		if (control >= 0xc0) {
			if (!setProperties(load<u8>(input++))) return -1;
			resetState();
		} else if (needs != NEEDS_NOTHING) return -1;
		else if (control >= 0xa0) resetState();
		needs = NEEDS_NOTHING;
		if (packed < 5 || input + packed > inputEnd || size > outputLimit - out) return -1;
		if (!lzmaChunk(input + packed, out + size)) return -1;
	}
	input++;
	return <i32>(out - to);
}
