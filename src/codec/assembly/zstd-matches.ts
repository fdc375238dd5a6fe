/**
 * The matches of every place of a block: for each length the nearest one. They are found on the
 * way down binary trees (one per hash of four bytes, over the whole input) whose root is the latest
 * place and whose order is that of the bytes that follow, up to the length that ends a search; or
 * in rows (zstd-rows.ts), which takes half the time and misses little in content that is not text.
 */

import { HEADS_SIZE, HEADS3, HEADS4, INPUT, MATCH_STARTS, MATCHES, MATCHES_END, TREE } from "./zstd-map";
import { forgetRows, listRow, passRow } from "./zstd-rows";

/** What twelve bits hold; longer matches go on as another one. */
export const LONGEST: u32 = 4095;
/** A 3-byte match farther away costs more than it saves. */
const FARTHEST_OF_3: usize = 1 << 14;

/** No place has more matches: each is longer than the one before. */
const LIST_SLACK: usize = 4 * 520;

let depth: i32 = 0;
let nice: u32 = 0;
/** Whether matches are looked for in rows, and not in trees. */
let useRows = false;
/** The place whose matches come first. */
let listed: usize = 0;
/** In rows: the next place to enter, the end of MATCHES so far, and the end of the block. */
let nextListed: usize = 0;
let listEnd: usize = 0;
let blockEnd: usize = 0;

/** @param chain most places to try; @param enough length that ends a search. */
export function configureMatches(chain: i32, enough: u32): void {
	depth = chain;
	nice = enough;
}

/** Starts an input. @param rows whether to look for matches in rows, and not in trees. */
export function forgetMatches(rows: bool): void {
	useRows = rows;
	memory.fill(HEADS4, 0, HEADS_SIZE);
	if (rows) forgetRows(INPUT);
	nextListed = INPUT;
}

function slot4(word: u32): usize {
	return HEADS4 + ((<usize>((word * 0x9e3779b1) >>> 15)) << 2);
}

function slot3(word: u32): usize {
	return HEADS3 + ((<usize>(((word << 8) * 0x9e3779b1) >>> 18)) << 2);
}

/** How many bytes from `a` and `b` on are equal, knowing `length` are, up to `longest`. */
export function agreement(a: usize, b: usize, length: u32, longest: u32): u32 {
	for (; length < longest; length += 8) {
		const difference = load<u64>(a + length) ^ load<u64>(b + length);
		if (difference) return min(length + (<u32>ctz(difference) >>> 3), longest);
	}
	return longest;
}

function treeAt(place: usize): usize {
	return TREE + ((place - INPUT) << 3);
}

/** The match of three bytes at `place`, if the last place with these is near; enters the place. */
function collectShort(place: usize, word: u32, to: usize): usize {
	const slot = slot3(word);
	const recent = <usize>load<u32>(slot);
	store<u32>(slot, <u32>place);
	if (recent == 0 || place - recent >= FARTHEST_OF_3) return to;
	if ((load<u32>(recent) ^ word) & 0xffffff) return to;
	store<u32>(to, ((<u32>(place - recent)) << 12) | 3);
	return to + 4;
}

/**
 * Makes `place` the root of its tree and appends the matches that are longer than `best`, on
 * the way down from the root before, at `to`; returns the end of the list.
 */
function collect(place: usize, longest: u32, best: u32, to: usize): usize {
	const slot = slot4(load<u32>(place));
	let candidate = <usize>load<u32>(slot);
	store<u32>(slot, <u32>place);
	let smaller = treeAt(place);
	let larger = smaller + 4;
	let smallerLength: u32 = 0;
	let largerLength: u32 = 0;
	for (let steps = depth; candidate != 0 && steps > 0; steps--) {
		const length = agreement(candidate, place, min(smallerLength, largerLength), nice);
		const branches = treeAt(candidate);
		if (length > best) {
			const whole = length < nice ? length : agreement(candidate, place, nice, longest);
			best = min(whole, longest);
			store<u32>(to, ((<u32>(place - candidate)) << 12) | best);
			to += 4;
		}
		if (length >= nice) {
			store<u32>(smaller, load<u32>(branches));
			store<u32>(larger, load<u32>(branches, 4));
			return to;
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
	return to;
}

/** Begins with the matches of the places from `from` to `end`: in trees they are found at once, in rows when asked for. */
export function findMatches(from: usize, end: usize): void {
	if (useRows) {
		passRows(nextListed, from);
		nextListed = from;
		listEnd = MATCHES;
		blockEnd = end;
	} else findInTrees(from, end);
	listed = from;
}

/** Enters the places from `from` to `to` in their rows. */
function passRows(from: usize, to: usize): void {
	for (; from < to; from++) {
		passRow(from);
		store<u32>(slot3(load<u32>(from)), <u32>from);
	}
}

/** Fills MATCH_STARTS and MATCHES up to `place`; those before it that were not asked for have no matches. */
function findInRows(place: usize): void {
	passRows(nextListed, place);
	let start = MATCH_STARTS + ((nextListed - listed) << 2);
	for (const last = MATCH_STARTS + ((place - listed) << 2); start <= last; start += 4)
		store<u32>(start, <u32>listEnd);
	if (place + 4 <= blockEnd && listEnd + LIST_SLACK <= MATCHES_END) {
		const near = collectShort(place, load<u32>(place), listEnd);
		listEnd = listRow(place, min<u32>(LONGEST, <u32>(blockEnd - place)), near);
	}
	store<u32>(start, <u32>listEnd);
	nextListed = place + 1;
}

/** Fills MATCH_STARTS and MATCHES for the places from `from` to `end`. */
function findInTrees(from: usize, end: usize): void {
	let list = MATCHES;
	let start = MATCH_STARTS;
	let skip: u32 = 0;
	for (let place = from; place < end; place++) {
		store<u32>(start, <u32>list);
		start += 4;
		if (place + 4 > end || list + LIST_SLACK > MATCHES_END) continue;
		if (skip > 0) {
			skip--;
			collect(place, LONGEST, LONGEST, list);
			continue;
		}
		const near = collectShort(place, load<u32>(place), list);
		const longest = min<u32>(LONGEST, <u32>(end - place));
		const stop = collect(place, longest, near > list ? 3 : 2, near);
		// Inside a long match there is nothing better, and runs would take forever.
		if (stop > list) {
			const found = load<u32>(stop - 4) & 4095;
			if (found >= nice) skip = found - 4;
		}
		list = stop;
	}
	store<u32>(start, <u32>list);
}

/** Where the addresses are of a place's first match and, next to it, of the next place's. */
export function matchList(place: usize): usize {
	if (useRows && place >= nextListed) findInRows(place);
	return MATCH_STARTS + ((place - listed) << 2);
}
