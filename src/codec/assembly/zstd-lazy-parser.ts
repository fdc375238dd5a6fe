/**
 * The greedy and lazy strategies: the longest match of a row, unless one of the next places has
 * a better one.
 */

import { agreementEnd, beginGathering, gatherMatch, gatherRest } from "./zstd-gatherer";
import { INPUT } from "./zstd-map";
import { repeatedOffset } from "./zstd-offsets";
import { foundDistance, foundLength, searchRow, skipRows } from "./zstd-rows";

const LEAST_LENGTH: u32 = 4;
/** A match begins this far before the end at the latest: words of eight bytes are read there. */
const LAST_PLACE: usize = 9;
/** The step grows by one each time this power of two of bytes brought no match. */
const PATIENCE_BITS: usize = 8;
/** Of a match, so many places at its begin and at its end are entered. */
const ENTERED_HEAD: usize = 96;
const ENTERED_TAIL: usize = 32;

/** Length of the match at `place` with what is `distance` back, at least 4; else 0. */
function repeatLength(place: usize, end: usize, distance: u32): u32 {
	// Both at once, as neither is easy to predict.
	if (u32(distance > <u32>(place - INPUT)) | (load<u32>(place - distance) ^ load<u32>(place))) return 0;
	return <u32>(agreementEnd(place + 4 - distance, place + 4, end) - place);
}

function log2(value: u32): i32 {
	return 31 - <i32>clz(value);
}

/** The match that is chosen so far: where it begins, and whether its distance is the last one. */
let start: usize = 0;
let length: u32 = 0;
let distance: u32 = 0;
let isRepeat = false;

function choose(place: usize, matchLength: u32, matchDistance: u32, repeats: bool): void {
	start = place;
	length = matchLength;
	distance = matchDistance;
	isRepeat = repeats;
}

/** What the distance of the chosen match costs, in bits. */
function distanceBits(): i32 {
	return isRepeat ? 0 : log2(distance);
}

/** Chooses what begins at `place`, or one byte on with the distance of last time. */
function chooseFirst(place: usize, end: usize, last: u32, tries: i32, ahead: i32): void {
	choose(place + 1, repeatLength(place + 1, end, last), last, true);
	if (length > 0 && ahead == 0) return;
	if (!searchRow(place, end, max(length, LEAST_LENGTH - 1), tries)) return;
	choose(place, foundLength, foundDistance, false);
}

/** Chooses what begins at `next` where it gains more; `looked` places after the chosen match. */
function chooseBetter(next: usize, end: usize, last: u32, tries: i32, looked: i32): bool {
	const again = <i32>repeatLength(next, end, last);
	const weight = looked == 1 ? 3 : 4;
	if (again >= <i32>LEAST_LENGTH && again * weight > <i32>length * weight - distanceBits() + 1) {
		choose(next, again, last, true);
	}
	if (!searchRow(next, end, LEAST_LENGTH - 1, tries)) return false;
	const gain = <i32>foundLength * 4 - log2(foundDistance);
	if (gain <= <i32>length * 4 - distanceBits() + (looked == 1 ? 4 : 7)) return false;
	choose(next, foundLength, foundDistance, false);
	return true;
}

/** Takes bytes before the chosen match into it, from `anchor` on, as far as they agree. */
function extendBackwards(anchor: usize): void {
	while (
		start > anchor &&
		start - distance > INPUT &&
		load<u8>(start - 1) == load<u8>(start - 1 - distance)
	) {
		start--;
		length++;
	}
}

/**
 * Parses the bytes from `from` to `end`.
 * @param tries places compared with a place; @param ahead places looked at before a match is
 * taken, 0..2; @param enough length of a match that is taken without looking ahead.
 */
export function parseLazy(from: usize, end: usize, tries: i32, ahead: i32, enough: u32): void {
	const last = end - min(end - from, LAST_PLACE);
	let first = repeatedOffset(1);
	let second = repeatedOffset(2);
	let anchor = from;
	let place = from;
	beginGathering();
	while (place < last) {
		chooseFirst(place, end, first, tries, ahead);
		if (length < LEAST_LENGTH) {
			place += 1 + ((place - anchor) >> PATIENCE_BITS);
			continue;
		}
		let looked = 0;
		for (let next = place + 1; looked < ahead && length < enough && next < last; next++) {
			looked = chooseBetter(next, end, first, tries, looked + 1) ? 0 : looked + 1;
		}
		if (!isRepeat) {
			extendBackwards(anchor);
			second = first;
			first = distance;
		}
		gatherMatch(anchor, start, length, distance);
		place = anchor = start + length;
		if (place >= last) break;
		skipRows(place, ENTERED_HEAD, ENTERED_TAIL);
		for (;;) {
			const again = place < last ? repeatLength(place, end, second) : 0;
			if (again == 0) break;
			gatherMatch(place, place, again, second);
			const swap = first;
			first = second;
			second = swap;
			place += again;
			anchor = place;
		}
	}
	// The last places are too near the end of what may be read.
	gatherRest(anchor, end);
}
