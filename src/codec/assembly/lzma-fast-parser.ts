// The fast parser: takes the longest match, discounted by its distance, unless the next
// position has a better one. Bytes inside a match are not searched.

import { blockLength, extendMatch, findMatches } from "./lzma-matches";
import { INPUT, MATCHES } from "./lzma-memory";
import { MAX_MATCH, MIN_MATCH } from "./lzma-symbols";
import {
	encodedPosition,
	encodeLiteral,
	encodeMatch,
	encodeRep,
	isOverLimit,
	rep0,
	rep1,
	rep2,
	rep3,
} from "./lzma2-chunks";

/** A match of two bytes pays only nearer than this. */
const MAX_PAIR_DISTANCE: u32 = 128;

/** Best match of the last `searchBest`. */
let matchLength: u32 = 0;
let matchDistance: u32 = 0;

/** True when `far` is so much farther than `near` that one more byte does not pay for it. */
function isMuchFarther(near: u32, far: u32): boolean {
	return near < far >> 7;
}

/** Finds the best match at `position`; length 0 or 1 when there is none worth it. */
function searchBest(position: u32, limit: u32, depth: i32, nice: u32): void {
	let entry = findMatches(position, limit, depth, nice) - 8;
	matchLength = 0;
	if (entry < MATCHES) return;
	matchLength = load<u32>(entry);
	matchDistance = load<u32>(entry, 4);
	for (entry -= 8; entry >= MATCHES; entry -= 8) {
		const length = load<u32>(entry);
		const distance = load<u32>(entry, 4);
		if (length + 1 != matchLength || !isMuchFarther(distance, matchDistance)) break;
		matchLength = length;
		matchDistance = distance;
	}
	if (matchLength == MIN_MATCH && matchDistance >= MAX_PAIR_DISTANCE) matchLength = 0;
}

/** Length of the match at `position` with the bytes `distance` (minus one) back; 0 when below 2. */
function repeatLength(position: u32, distance: u32, limit: u32): u32 {
	const earlier = position - distance - 1;
	if (load<u16>(position, INPUT) != load<u16>(earlier, INPUT)) return 0;
	return extendMatch(position, earlier, 2, limit);
}

/** Longest of the four repeats, as length << 2 | index. */
function bestRepeat(position: u32, limit: u32): u32 {
	let best = (repeatLength(position, rep0, limit) << 2) | 3;
	best = max<u32>(best, (repeatLength(position, rep1, limit) << 2) | 2);
	best = max<u32>(best, (repeatLength(position, rep2, limit) << 2) | 1);
	best = max<u32>(best, repeatLength(position, rep3, limit) << 2);
	return best ^ 3;
}

/** A repeat is so much cheaper than a match that it may be shorter. */
function isRepeatBetter(repeat: u32): boolean {
	return (
		repeat + 1 >= matchLength ||
		(repeat + 2 >= matchLength && matchDistance >= 1 << 9) ||
		(repeat + 3 >= matchLength && matchDistance >= 1 << 15)
	);
}

/** True when the match just found at the next position beats that of (length, distance) here. */
function isNextBetter(length: u32, distance: u32): boolean {
	if (matchLength < MIN_MATCH) return false;
	return (
		(matchLength >= length && matchDistance < distance) ||
		(matchLength == length + 1 && !isMuchFarther(distance, matchDistance)) ||
		matchLength > length + 1 ||
		(matchLength + 1 >= length && length >= 3 && isMuchFarther(matchDistance, distance))
	);
}

/** Encodes the whole block. `nice`: a match this long is taken at once. */
export function parseFast(depth: i32, nice: u32): void {
	const end = blockLength;
	if (end > 0) encodeLiteral();
	let searched: u32 = 0;
	while (encodedPosition + MIN_MATCH <= end && !isOverLimit) {
		const position = encodedPosition;
		const limit = min<u32>(end - position, MAX_MATCH);
		const repeat = bestRepeat(position, limit);
		const repeatedLength = repeat >> 2;
		if (repeatedLength >= nice) {
			encodeRep(repeatedLength, repeat & 3);
			continue;
		}
		if (searched != position) searchBest(position, limit, depth, nice);
		if (matchLength >= nice) {
			encodeMatch(matchLength, matchDistance);
		} else if (repeatedLength >= MIN_MATCH && isRepeatBetter(repeatedLength)) {
			encodeRep(repeatedLength, repeat & 3);
		} else if (matchLength < MIN_MATCH || limit == MIN_MATCH) {
			encodeSingle(position);
		} else {
			const length = matchLength;
			const distance = matchDistance;
			searched = position + 1;
			searchBest(searched, limit - 1, depth, nice);
			const next = bestRepeat(searched, limit - 1) >> 2;
			if (isNextBetter(length, distance) || (next >= MIN_MATCH && next + 1 >= length)) encodeLiteral();
			else encodeMatch(length, distance);
		}
	}
	while (encodedPosition < end) encodeSingle(encodedPosition);
}

/** One byte, as a short repeat where it is one. */
function encodeSingle(position: u32): void {
	if (load<u8>(position, INPUT) == load<u8>(position - rep0, INPUT - 1)) encodeRep(1, 0);
	else encodeLiteral();
}
