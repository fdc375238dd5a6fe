/**
 * The high compression parse of LZ4. Sizes are all that it trades: a literal costs a byte, a
 * match three or more whatever its distance. So it needs the longest match of every place alone,
 * and finds the cheapest way through them from the end to the front.
 *
 * Matches are found in binary trees, one per hash of four bytes: the latest place is the root,
 * and smaller strings lie on one side, larger ones on the other (TREE, two u32 per place).
 */
import {
	costs,
	FARTHEST,
	HEADS,
	HEADS_SIZE,
	INPUT,
	LAST_LITERALS,
	LAST_MATCH,
	LEAST_MATCH,
	matches,
	tree,
} from "./lz4-map";
import { agreementEnd, putRest, putSequence } from "./lz4-writer";

const HASH_BITS: u32 = 16;
const LONGEST: usize = 0xffff;
/** Places on the way down a tree that are compared. */
const DEPTH: i32 = 16;
/** A match this long ends the way down, and inside it the rest of it will do. */
const LONG_ENOUGH: usize = 64;
/** Shorter lengths of a match that are considered; the longest is nearly always the best. */
const SHORTER: u32 = 3;

function slot(place: usize): usize {
	return HEADS + ((<usize>((load<u32>(place) * 0x9e3779b1) >>> (32 - HASH_BITS))) << 2);
}

function treeAt(place: usize): usize {
	return tree + ((place - INPUT) << 3);
}

/**
 * Makes `place` the root of its tree; on the way down from the root before, finds the longest
 * match that is longer than that of `best`, distance << 16 | length.
 */
function enter(place: usize, best: u32, end: usize): u32 {
	// Strings are ordered by so many bytes, that long runs take no longer than others.
	const limit = min(place + LONG_ENOUGH, end - LAST_LITERALS);
	const head = slot(place);
	let candidate = <usize>load<u32>(head);
	store<u32>(head, <u32>place);
	let smaller = treeAt(place);
	let larger = smaller + 4;
	let smallerLength: usize = 0;
	let largerLength: usize = 0;
	let longest = max<usize>(best & 0xffff, LEAST_MATCH - 1);
	for (let steps = DEPTH; steps > 0 && place - candidate <= FARTHEST; steps--) {
		const known = min(smallerLength, largerLength);
		const length = agreementEnd(candidate + known, place + known, limit) - place;
		const branches = treeAt(candidate);
		if (length > longest) {
			longest = length;
			const whole =
				length < LONG_ENOUGH ? length : agreementEnd(candidate, place, end - LAST_LITERALS) - place;
			best = ((<u32>(place - candidate)) << 16) | <u32>min(whole, LONGEST);
		}
		if (place + length == limit) {
			store<u32>(smaller, load<u32>(branches));
			store<u32>(larger, load<u32>(branches, 4));
			return best;
		}
		if (load<u8>(candidate + length) < load<u8>(place + length)) {
			store<u32>(smaller, <u32>candidate);
			smaller = branches + 4;
			smallerLength = length;
			candidate = <usize>load<u32>(smaller);
		} else {
			store<u32>(larger, <u32>candidate);
			larger = branches;
			largerLength = length;
			candidate = <usize>load<u32>(larger);
		}
	}
	store<u32>(smaller, 0);
	store<u32>(larger, 0);
	return best;
}

/** Fills MATCHES; a match goes on in the next place, where it is one shorter. */
function findMatches(end: usize): void {
	let carried: u32 = 0;
	for (let place = INPUT; place + LAST_MATCH < end; place++) {
		const inside = (carried & 0xffff) > LEAST_MATCH ? carried - 1 : 0;
		carried = enter(place, inside, end);
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
	if (longest >= LEAST_MATCH) {
		const shortest = max(longest, LEAST_MATCH + SHORTER) - SHORTER;
		for (let length = longest; length >= shortest; length--) {
			const cost: u32 = 3 + lengthCost(length - LEAST_MATCH) + load<u32>(costAt(place + length));
			if (cost >= least) continue;
			least = cost;
			chosen = length;
		}
	}
	store<u32>(costAt(place), least);
	return chosen;
}

/** From the end to the front: each place's cheapest step; keeps it in MATCHES. */
function chooseSteps(end: usize): void {
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

/** Compresses the bytes at INPUT up to `end`. */
export function compressHigh(end: usize): void {
	memory.fill(HEADS, 0, HEADS_SIZE);
	findMatches(end);
	chooseSteps(end);
	let anchor = INPUT;
	for (let place = INPUT; place + LAST_MATCH < end; ) {
		const match = load<u32>(matches + ((place - INPUT) << 2));
		if (match == 0) place++;
		else {
			putSequence(anchor, place, match >>> 16, match & 0xffff);
			place += match & 0xffff;
			anchor = place;
		}
	}
	putRest(anchor, end);
}
