/**
 * Places by hash, sixteen to a row, the newest in place of the oldest. Each has a tag of seven
 * more bits of its hash, so that one comparison of sixteen bytes tells which are worth a look.
 *
 * Memory: ROW_TAGS, ROW_PLACES and ROW_NEWEST in zstd-map.ts. A tag is never 0, so that rows
 * are empty once the tags are cleared.
 */

import { equalBytes } from "./wide";
import { agreementEnd } from "./zstd-gatherer";
import { ROW_NEWEST, ROW_PLACES, ROW_TAGS } from "./zstd-map";

const ROW_BITS: u32 = 12;
const TAG_BITS: u32 = 7;
const TAGS_SIZE: usize = 16 << 12;

/** The next place to enter. */
let nextPlace: usize = 0;

/** Length of the match that `searchRow` found, and its distance. */
export let foundLength: u32 = 0;
export let foundDistance: u32 = 0;

/** Starts an input at `from`. */
export function forgetRows(from: usize): void {
	memory.fill(ROW_TAGS, 0, TAGS_SIZE);
	nextPlace = from;
}

function hash(word: u32): u32 {
	return (word * 0x9e3779b1) >>> (32 - ROW_BITS - TAG_BITS);
}

function tagOf(hash: u32): u32 {
	return (hash & 127) | 128;
}

/** Makes `place` the newest of its row. */
function enter(place: usize, row: usize, tag: u32): void {
	const newest = (<usize>load<u8>(ROW_NEWEST + row) - 1) & 15;
	store<u8>(ROW_NEWEST + row, newest);
	store<u8>(ROW_TAGS + (row << 4) + newest, tag);
	store<u32>(ROW_PLACES + (row << 6) + (newest << 2), <u32>place);
}

/** Enters the places before `end`, of which words of four bytes can be read. */
function enterRows(end: usize): void {
	for (let place = nextPlace; place < end; place++) {
		const key = hash(load<u32>(place));
		enter(place, <usize>(key >>> TAG_BITS), tagOf(key));
	}
	nextPlace = max(nextPlace, end);
}

/** Enters of a long match only the places near its begin and its end. */
export function skipRows(end: usize, head: usize, tail: usize): void {
	if (end > nextPlace + head + tail) {
		enterRows(nextPlace + head);
		nextPlace = end - tail;
	}
	enterRows(end);
}

/**
 * Finds the longest match at `place` that is longer than `least` (3 or more), and the nearest of
 * that length; then enters the place. @param tries places to compare with, at most.
 * @returns whether there is one: foundLength and foundDistance.
 */
export function searchRow(place: usize, end: usize, least: u32, tries: i32): bool {
	if (nextPlace < place) enterRows(place);
	const key = hash(load<u32>(place));
	const row = <usize>(key >>> TAG_BITS);
	const tag = tagOf(key);
	const newest = <u32>load<u8>(ROW_NEWEST + row);
	const equal = equalBytes(ROW_TAGS + (row << 4), tag);
	// From the newest on.
	let rest = ((equal | (equal << 16)) >>> newest) & 0xffff;
	let best = <usize>least;
	let distance: usize = 0;
	const places = ROW_PLACES + (row << 6);
	for (; rest != 0 && tries > 0; tries--) {
		const index = (newest + ctz(rest)) & 15;
		rest &= rest - 1;
		const candidate = <usize>load<u32>(places + (index << 2));
		if (load<u32>(candidate + best - 3) != load<u32>(place + best - 3)) continue;
		const length = agreementEnd(candidate, place, end) - place;
		if (length <= best) continue;
		best = length;
		distance = place - candidate;
		if (place + length == end) break;
	}
	if (nextPlace == place) {
		enter(place, row, tag);
		nextPlace = place + 1;
	}
	if (distance == 0) return false;
	foundLength = <u32>best;
	foundDistance = <u32>distance;
	return true;
}

/** Enters `place`, the next one, without looking for matches. */
export function passRow(place: usize): void {
	const key = hash(load<u32>(place));
	enter(place, <usize>(key >>> TAG_BITS), tagOf(key));
}

/**
 * Appends the matches at `place` that are longer than those before, nearest first, at `to` as
 * distance << 12 | length; then enters the place. Matches are `longest` bytes long at most.
 * @returns the end of the list.
 */
export function listRow(place: usize, longest: usize, to: usize): usize {
	const key = hash(load<u32>(place));
	const row = <usize>(key >>> TAG_BITS);
	const tag = tagOf(key);
	const newest = <u32>load<u8>(ROW_NEWEST + row);
	const equal = equalBytes(ROW_TAGS + (row << 4), tag);
	const end = place + longest;
	const places = ROW_PLACES + (row << 6);
	let best: usize = 3;
	for (let rest = ((equal | (equal << 16)) >>> newest) & 0xffff; rest != 0; rest &= rest - 1) {
		const candidate = <usize>load<u32>(places + (((newest + ctz(rest)) & 15) << 2));
		if (load<u32>(candidate + best - 3) != load<u32>(place + best - 3)) continue;
		const length = agreementEnd(candidate, place, end) - place;
		if (length <= best) continue;
		best = length;
		store<u32>(to, ((<u32>(place - candidate)) << 12) | <u32>best);
		to += 4;
		if (best == longest) break;
	}
	enter(place, row, tag);
	return to;
}
