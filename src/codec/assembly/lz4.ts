/**
 * Raw LZ4 blocks.
 *
 * Sizes are all that an LZ4 parse trades: a literal costs a byte, a match three or more
 * whatever its distance. So the high compression parse needs the longest match of every place
 * alone, and finds the cheapest way through them from the end to the front.
 *
 * Memory map: HEADS u32 per hash, latest place of a 4-byte string; then, for the block size B
 * given to `prepare` and rounded up to 64 KiB: INPUT B + slack; CHAIN u16 per place, distance
 * to the previous place of the same string (0: none); MATCHES u32 per place, distance << 16 |
 * length up to 65535; COSTS u32 per place, bytes from there to the end; OUTPUT B + B / 255 +
 * slack. A place is an address in INPUT.
 */

const HEADS: usize = 0x10000;
const HASH_BITS: u32 = 16;
const HEADS_SIZE: usize = 4 << HASH_BITS;
const INPUT: usize = HEADS + HEADS_SIZE;
const SLACK: usize = 64;

const LEAST_MATCH: u32 = 4;
/** The last literals of a block, and the last place a match may begin (end-of-block rules). */
const LAST_LITERALS: usize = 5;
const LAST_MATCH: usize = 12;
const FARTHEST: usize = 0xffff;
const LONGEST: u32 = 0xffff;
/** A match this long is not searched again inside. */
const LONG_ENOUGH: u32 = 128;
const SEARCH_STEPS = 256;

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = HEADS;

let chain: usize = 0;
let matches: usize = 0;
let costs: usize = 0;
let output: usize = 0;
let end: usize = 0;
let out: usize = 0;

/** Makes room for blocks of up to `size` bytes; returns the address for them. */
export function prepare(size: usize): usize {
	const room = (size + SLACK + 0xffff) & ~0xffff;
	chain = INPUT + room;
	matches = chain + 2 * room;
	costs = matches + 4 * room;
	output = costs + 4 * room + SLACK;
	const pages = <i32>((output + room + room / 128 + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	return INPUT;
}

export function outputAddress(): usize {
	return output;
}

function slot(place: usize): usize {
	return HEADS + ((<usize>((load<u32>(place) * 0x9e3779b1) >>> (32 - HASH_BITS))) << 2);
}

/** How far two places agree, at most up to `stop`, the end for the second. */
function agreement(a: usize, b: usize, stop: usize): u32 {
	const start = b;
	while (b < stop) {
		const difference = load<u64>(a) ^ load<u64>(b);
		if (difference) {
			b += <usize>(ctz(difference) >>> 3);
			break;
		}
		a += 8;
		b += 8;
	}
	return <u32>(min(b, stop) - start);
}

// Writing sequences

/** The part of a length that its four bits of the token do not hold. */
function putLength(length: usize): void {
	if (length < 15) return;
	for (length -= 15; length >= 255; length -= 255) store<u8>(out++, 255);
	store<u8>(out++, length);
}

function putLiterals(from: usize, to: usize, token: usize): usize {
	const count = to - from;
	const at = out++;
	store<u8>(at, (min<usize>(count, 15) << 4) | token);
	putLength(count);
	memory.copy(out, from, count);
	out += count;
	return to;
}

function putSequence(anchor: usize, place: usize, distance: usize, length: usize): usize {
	const rest = length - LEAST_MATCH;
	putLiterals(anchor, place, min<usize>(rest, 15));
	store<u16>(out, distance);
	out += 2;
	putLength(rest);
	return place + length;
}

// Fast

/** Greedy, one candidate a place; steps grow where nothing is found. */
function compressFast(): void {
	let anchor = INPUT;
	let place = INPUT;
	let misses: usize = 0;
	while (place + LAST_MATCH < end) {
		const head = slot(place);
		let candidate = <usize>load<u32>(head);
		store<u32>(head, <u32>place);
		if (candidate == 0 || place - candidate > FARTHEST || load<u32>(candidate) != load<u32>(place)) {
			place += 1 + (misses++ >>> 6);
			continue;
		}
		while (place > anchor && candidate > INPUT && load<u8>(place - 1) == load<u8>(candidate - 1)) {
			place--;
			candidate--;
		}
		const length = agreement(candidate, place, end - LAST_LITERALS);
		anchor = putSequence(anchor, place, place - candidate, length);
		place = anchor;
		misses = 0;
		store<u32>(slot(place - 2), <u32>(place - 2));
	}
	putLiterals(anchor, end, 0);
}

// High compression

function enter(place: usize): usize {
	const head = slot(place);
	const previous = <usize>load<u32>(head);
	store<u32>(head, <u32>place);
	const distance = place - previous;
	store<u16>(chain + ((place - INPUT) << 1), previous == 0 || distance > FARTHEST ? 0 : distance);
	return previous;
}

/** The longest match at `place`, if it is longer than `best` of the same form. */
function longestMatch(place: usize, best: u32): u32 {
	const stop = end - LAST_LITERALS;
	let length = max(best & 0xffff, LEAST_MATCH - 1);
	let distance: usize = 0;
	let step = <usize>load<u16>(chain + ((place - INPUT) << 1));
	for (let steps = SEARCH_STEPS; step != 0 && steps > 0; steps--) {
		distance += step;
		if (distance > FARTHEST) break;
		const candidate = place - distance;
		if (
			load<u32>(candidate + length - 3) == load<u32>(place + length - 3) &&
			load<u32>(candidate) == load<u32>(place)
		) {
			const found = agreement(candidate, place, stop);
			if (found > length) {
				length = min(found, LONGEST);
				best = ((<u32>distance) << 16) | length;
				if (place + length >= stop) break;
			}
		}
		step = load<u16>(chain + ((candidate - INPUT) << 1));
	}
	return best;
}

/** Fills MATCHES; inside a long match the rest of it will do. */
function findMatches(): void {
	let carried: u32 = 0;
	for (let place = INPUT; place + LAST_MATCH < end; place++) {
		enter(place);
		const inside = (carried & 0xffff) > LEAST_MATCH ? carried - 1 : 0;
		carried = (inside & 0xffff) >= LONG_ENOUGH ? inside : longestMatch(place, inside);
		store<u32>(matches + ((place - INPUT) << 2), carried);
	}
}

function costAt(place: usize): usize {
	return costs + ((place - INPUT) << 2);
}

function lengthCost(rest: u32): u32 {
	return rest < 15 ? 0 : 1 + (rest - 15) / 255;
}

/** The length that is cheapest for the match at `place`; 0 where a literal is cheaper. */
function cheapestLength(place: usize, longest: u32, literalCost: u32): u32 {
	let chosen: u32 = 0;
	let least = literalCost;
	// Long matches are good at their full length; only its neighbours are worth a look.
	const shortest = longest >= 1024 ? longest - 16 : LEAST_MATCH;
	for (let length = longest; length >= shortest; length--) {
		const cost: u32 = 3 + lengthCost(length - LEAST_MATCH) + load<u32>(costAt(place + length));
		if (cost < least) {
			least = cost;
			chosen = length;
		}
	}
	store<u32>(costAt(place), least);
	return chosen;
}

/** From the end to the front: each place's cheapest step; keeps it in MATCHES. */
function chooseSteps(): void {
	const first = max(INPUT, end - LAST_MATCH);
	for (let place = end; place >= first; place--) store<u32>(costAt(place), <u32>(end - place));
	let literals: u32 = <u32>(end - first);
	for (let place = first - 1; place >= INPUT; place--) {
		const match = load<u32>(matches + ((place - INPUT) << 2));
		literals++;
		const more = lengthCost(literals) - lengthCost(literals - 1);
		const length = cheapestLength(place, match & 0xffff, load<u32>(costAt(place + 1)) + 1 + more);
		if (length > 0) literals = 0;
		store<u32>(matches + ((place - INPUT) << 2), length == 0 ? 0 : (match & 0xffff0000) | length);
	}
}

function compressHigh(): void {
	findMatches();
	chooseSteps();
	let anchor = INPUT;
	for (let place = INPUT; place + LAST_MATCH < end; ) {
		const match = load<u32>(matches + ((place - INPUT) << 2));
		if (match == 0) place++;
		else {
			anchor = putSequence(anchor, place, match >>> 16, match & 0xffff);
			place = anchor;
		}
	}
	putLiterals(anchor, end, 0);
}

/** Compresses the `length` bytes at the input address; returns the block's length. */
export function compress(length: usize, high: bool): usize {
	end = INPUT + length;
	out = output;
	memory.fill(HEADS, 0, HEADS_SIZE);
	store<u64>(end, 0);
	if (high) compressHigh();
	else compressFast();
	return out - output;
}

// Decoding

let input: usize = 0;

/** Adds the bytes of a long length; more than any block has where the input ends. */
function takeLength(length: usize, inputEnd: usize): usize {
	if (length < 15) return length;
	while (input < inputEnd) {
		const byte = <usize>load<u8>(input++);
		length += byte;
		if (byte < 255) return length;
	}
	return 0x7fffffff;
}

/**
 * Expands a block of `length` bytes at the input address, of hostile origin too.
 * @returns the expanded length, or -1 when the block is damaged or expands beyond `maximum`.
 */
export function decompress(length: usize, maximum: usize): i32 {
	const inputEnd = INPUT + length;
	const stop = output + maximum;
	input = INPUT;
	out = output;
	while (input < inputEnd) {
		const token = <usize>load<u8>(input++);
		const literals = takeLength(token >>> 4, inputEnd);
		if (literals > inputEnd - input || literals > stop - out) return -1;
		memory.copy(out, input, literals);
		out += literals;
		input += literals;
		if (input == inputEnd) return token & 15 ? -1 : <i32>(out - output);
		if (input + 2 > inputEnd) return -1;
		const distance = <usize>load<u16>(input);
		input += 2;
		const count = takeLength(token & 15, inputEnd) + LEAST_MATCH;
		if (distance == 0 || distance > out - output || count > stop - out) return -1;
		const to = out + count;
		if (distance >= 8) for (; out < to; out += 8) store<u64>(out, load<u64>(out - distance));
		else for (; out < to; out++) store<u8>(out, load<u8>(out - distance));
		out = to;
	}
	return -1;
}
