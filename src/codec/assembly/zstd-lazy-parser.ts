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
	if (distance > <u32>(place - INPUT) || load<u32>(place - distance) != load<u32>(place)) return 0;
	return <u32>(agreementEnd(place + 4 - distance, place + 4, end) - place);
}

function log2(value: u32): i32 {
	return 31 - <i32>clz(value);
}

/**
 * Parses the bytes from `from` to `end`.
 * @param tries places compared with a place; @param ahead places looked at before a match is
 * taken, 0..2.
 */
export function parseLazy(from: usize, end: usize, tries: i32, ahead: i32): void {
	const last = end - min(end - from, LAST_PLACE);
	let first = repeatedOffset(1);
	let second = repeatedOffset(2);
	let anchor = from;
	let place = from;
	beginGathering();
	while (place < last) {
		let start = place + 1;
		let length = repeatLength(start, end, first);
		let distance = first;
		let isRepeat = true;
		if (length == 0 || ahead > 0) {
			if (searchRow(place, end, max(length, LEAST_LENGTH - 1), tries)) {
				start = place;
				length = foundLength;
				distance = foundDistance;
				isRepeat = false;
			}
		}
		if (length < LEAST_LENGTH) {
			place += 1 + ((place - anchor) >> PATIENCE_BITS);
			continue;
		}
		let looked = 0;
		for (let next = place + 1; looked < ahead && next < last; next++) {
			looked++;
			const again = <i32>repeatLength(next, end, first);
			const weight = looked == 1 ? 3 : 4;
			const known = <i32>length * weight - (isRepeat ? 0 : log2(distance)) + 1;
			if (again >= <i32>LEAST_LENGTH && again * weight > known) {
				length = again;
				distance = first;
				start = next;
				isRepeat = true;
			}
			if (!searchRow(next, end, LEAST_LENGTH - 1, tries)) continue;
			const gain = <i32>foundLength * 4 - log2(foundDistance);
			const least = <i32>length * 4 - (isRepeat ? 0 : log2(distance)) + (looked == 1 ? 4 : 7);
			if (gain <= least) continue;
			length = foundLength;
			distance = foundDistance;
			start = next;
			isRepeat = false;
			looked = 0;
		}
		if (!isRepeat) {
			while (
				start > anchor &&
				start - distance > INPUT &&
				load<u8>(start - 1) == load<u8>(start - 1 - distance)
			) {
				start--;
				length++;
			}
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
