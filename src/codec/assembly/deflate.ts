/**
 * Deflate (RFC 1951): match search and lazy parse. `deflate-block.ts` writes what it finds.
 *
 * Memory map (from deflate-map.ts): HEADS3, HEADS4 latest place of a 3- or 4-byte string;
 * CHAIN u16 per place of the last 32 KiB: distance to the previous place of the same string,
 * 0 where there is none; SYMBOLS; INPUT: 32 KiB of history, then the bytes to compress;
 * OUTPUT.
 *
 * A place is an address in INPUT. Every place is entered once, in order, when it is searched.
 */
import { adler32 } from "./adler32";
import { beginBits, bitsEnd, finishBits, moveBits } from "./bit-writer";
import { writeBlocks, writeStored } from "./deflate-block";
import {
	CHAIN,
	HEADS3,
	HEADS3_SIZE,
	HEADS4,
	HEADS4_SIZE,
	HISTORY,
	INPUT,
	MEMORY_END,
	OUTPUT,
	SYMBOLS,
	SYMBOLS_PER_RUN,
} from "./deflate-map";

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = HEADS3;

const LONGEST: u32 = 258;
/** A 3-byte match farther away costs more than three literals. */
const FARTHEST_OF_3: usize = 4096;

let window: usize = 32768;
let depth: i32 = 0;
let nice: u32 = 0;
/** Places of look-ahead that a match must survive: 0, 1 or 2. */
let laziness: i32 = 0;
let place: usize = 0;
let end: usize = 0;
/** Bytes of history before the input. */
let history: usize = 0;

memory.grow(<i32>((MEMORY_END + 0xffff) >>> 16) - memory.size());

/** Address of the bytes to compress: up to 1 MiB. */
export function inputAddress(): usize {
	return INPUT + HISTORY;
}

/** Address of the compressed bytes. */
export function outputAddress(): usize {
	return OUTPUT;
}

function setEffort(chain: i32, enough: u32, ahead: i32): void {
	depth = chain;
	nice = enough;
	laziness = ahead;
}

/** @param level 1..9; @param windowLog 8..15. */
function configure(level: i32, windowLog: i32): void {
	window = 1 << windowLog;
	if (level == 1) setEffort(3, 16, 0);
	else if (level == 2) setEffort(8, 24, 0);
	else if (level == 3) setEffort(14, 32, 0);
	else if (level == 4) setEffort(16, 32, 1);
	else if (level == 5) setEffort(24, 48, 1);
	else if (level == 6) setEffort(48, 96, 1);
	else if (level == 7) setEffort(96, 128, 2);
	else if (level == 8) setEffort(220, LONGEST, 2);
	else setEffort(600, LONGEST, 2);
}

function slot3(word: u32): usize {
	return HEADS3 + ((<usize>(((word << 8) * 0x9e3779b1) >>> 17)) << 2);
}

function slot4(word: u32): usize {
	return HEADS4 + ((<usize>((word * 0x9e3779b1) >>> 16)) << 2);
}

function matchLength(a: usize, b: usize, longest: u32): u32 {
	let length: u32 = 4;
	while (length < longest) {
		const difference = load<u64>(a + length) ^ load<u64>(b + length);
		if (difference) return min(length + (<u32>ctz(difference) >>> 3), longest);
		length += 8;
	}
	return longest;
}

/** Enters `at`; returns the former latest place of its 4-byte string. */
function enter(at: usize): usize {
	const word = load<u32>(at);
	const slot = slot4(word);
	const previous = load<u32>(slot);
	store<u32>(slot, <u32>at);
	store<u32>(slot3(word), <u32>at);
	const distance = at - previous;
	store<u16>(CHAIN + ((at & 0x7fff) << 1), distance > 0x8000 ? 0 : distance);
	return previous;
}

function enterRange(from: usize, to: usize): void {
	const stop = min(to, end - 3);
	for (; from < stop; from++) enter(from);
}

/**
 * Enters `at` and finds the longest match there that is longer than `shortest`.
 * @returns distance << 16 | length, or 0.
 */
function find(at: usize, shortest: u32, steps: i32): u32 {
	if (at + 4 > end) return 0;
	const word = load<u32>(at);
	const recent = load<u32>(slot3(word));
	let candidate = <usize>enter(at);
	const longest = min<u32>(LONGEST, <u32>(end - at));
	let best = shortest;
	let found: u32 = 0;
	if (best < 3 && at - recent <= min(window, FARTHEST_OF_3) && ((load<u32>(recent) ^ word) & 0xffffff) == 0) {
		found = ((<u32>(at - recent)) << 16) | 3;
		best = 3;
	}
	if (best >= longest) return 0;
	let distance = at - candidate;
	for (; distance <= window && steps > 0; steps--) {
		candidate = at - distance;
		if (load<u32>(candidate) == word && load<u8>(candidate + best) == load<u8>(at + best)) {
			const length = matchLength(candidate, at, longest);
			if (length > best) {
				best = length;
				found = ((<u32>distance) << 16) | length;
				if (length >= nice || length == longest) return found;
			}
		}
		const step = <usize>load<u16>(CHAIN + ((candidate & 0x7fff) << 1));
		if (step == 0) return found;
		distance += step;
	}
	return found;
}

/** Bits that a match saves, roughly, times four: length counts, distance costs. */
function gain(match: u32): i32 {
	return 4 * <i32>(match & 0xffff) - (31 - <i32>clz(match >>> 16));
}

/** Parses from `place` until the end or a full SYMBOLS; returns the address after the last symbol. */
function parse(): usize {
	let symbol = SYMBOLS;
	const full = SYMBOLS + ((SYMBOLS_PER_RUN - 4) << 2);
	while (place < end && symbol < full) {
		let match = find(place, 2, depth);
		// Where a match is followed by a better one, its first byte becomes a literal.
		while (match && laziness > 0 && (match & 0xffff) < nice) {
			const length = match & 0xffff;
			const next = find(place + 1, length - 1, depth >> 1);
			if (next && gain(next) - gain(match) > 2 && symbol < full) {
				store<u32>(symbol, load<u8>(place++));
				symbol += 4;
				match = next;
				continue;
			}
			if (laziness == 1) {
				enterRange(place + 2, place + length);
				break;
			}
			const second = find(place + 2, length - 1, depth >> 2);
			if (second && gain(second) - gain(match) > 6 && symbol < full) {
				store<u32>(symbol, load<u8>(place++));
				store<u32>(symbol, load<u8>(place++), 4);
				symbol += 8;
				match = second;
				continue;
			}
			enterRange(place + 3, place + length);
			break;
		}
		store<u32>(symbol, match ? match : <u32>load<u8>(place));
		symbol += 4;
		const length = <usize>(match & 0xffff);
		if (match && (laziness == 0 || length >= nice)) enterRange(place + 1, place + length);
		place += match ? length : 1;
	}
	return symbol;
}

/** Forgets all history and starts a bit stream at `address`. */
function begin(address: usize): void {
	memory.fill(HEADS3, 0, HEADS3_SIZE + HEADS4_SIZE);
	place = INPUT + HISTORY;
	history = 0;
	beginBits(address);
}

function deflateInput(length: usize, last: bool): void {
	end = INPUT + HISTORY + length;
	// What lies after the input is hashed with its last bytes and must not vary.
	store<u64>(end, 0);
	while (place < end) {
		const from = place;
		const symbolEnd = parse();
		writeBlocks(SYMBOLS, symbolEnd, from, place, last && place == end);
	}
}

/** Moves the last 32 KiB down before the place of the next input, and enters them again. */
function keepHistory(length: usize): void {
	memory.copy(INPUT, INPUT + length, HISTORY);
	memory.fill(HEADS3, 0, HEADS3_SIZE + HEADS4_SIZE);
	place = INPUT + HISTORY;
	end = place;
	history = min(history + length, HISTORY);
	enterRange(place - history, place);
}

/**
 * A whole zlib stream (RFC 1950) of the `length` bytes at the input address.
 * @returns its length, at the output address.
 */
export function zlib(length: usize, level: i32, windowLog: i32): usize {
	configure(level, windowLog);
	begin(OUTPUT + 2);
	const effort = level == 1 ? 0 : level < 6 ? 1 : level == 6 ? 2 : 3;
	const header = ((((windowLog - 8) << 4) | 8) << 8) | (effort << 6);
	store<u16>(OUTPUT, bswap<u16>(<u16>(header + 31 - (header % 31))));
	deflateInput(length, true);
	const tail = finishBits();
	store<u32>(tail, bswap<u32>(adler32(INPUT + HISTORY, length)));
	return tail + 4 - OUTPUT;
}

/** Starts a raw stream (no header, no check) for `continueRaw`. */
export function beginRaw(level: i32): void {
	configure(level, 15);
	begin(OUTPUT);
}

/**
 * Continues the raw stream with `length` bytes from the input address.
 * @param flush ends on a byte, so that anything may follow; otherwise up to 7 bits stay behind.
 * @returns how many bytes are ready at the output address.
 */
export function continueRaw(length: usize, flush: bool): usize {
	moveBits(OUTPUT);
	deflateInput(length, false);
	if (flush) writeStored(0, 0, false);
	keepHistory(length);
	return bitsEnd() - OUTPUT;
}
