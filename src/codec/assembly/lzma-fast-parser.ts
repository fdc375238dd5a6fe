// The fast parser: takes what gains most by a rough count, unless the next position gains
// more. Bytes inside a match are not searched.

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

/** What an operation gains is counted in quarters of a byte: all it covers less the bits of its distance. */
const BYTE_GAIN: u32 = 4;
/** What a repeat gains by having no distance, over a match of distance 1. */
const REPEAT_GAIN: i32 = 2;
/** Below this a match is no better than literals. */
const LEAST_GAIN: i32 = 3;
/** What the next position's operation must gain more, as a literal goes before it. */
const LITERAL_LOSS: i32 = 3;

/** Best match of the last `searchBest`; without one, length 0 and a gain below LEAST_GAIN. */
let matchLength: u32 = 0;
let matchDistance: u32 = 0;
let matchGain: i32 = 0;

function searchBest(position: u32, limit: u32, depth: i32, nice: u32): void {
	const end = findMatches(position, limit, depth, nice, false);
	matchLength = 0;
	matchGain = LEAST_GAIN - 1;
	for (let entry = MATCHES; entry < end; entry += 8) {
		const length = load<u32>(entry);
		const distance = load<u32>(entry, 4);
		const gain: i32 = length * BYTE_GAIN - (32 - clz(distance + 1));
		if (gain < matchGain) continue;
		matchGain = gain;
		matchLength = length;
		matchDistance = distance;
	}
}

/** Length of the match at `position` with the bytes `distance` (minus one) back; 0 when below 2. */
function repeatLength(position: u32, distance: u32, limit: u32): u32 {
	const earlier = position - distance - 1;
	if (load<u16>(position, INPUT) != load<u16>(earlier, INPUT)) return 0;
	return extendMatch(position, earlier, 2, limit);
}

/** Longest of the four repeats, as length << 2 | index. */
function bestRepeat(position: u32, limit: u32): u32 {
	// Mostly there is none: one question is easier to predict than four.
	if (!hasRepeat(position)) return 0;
	let best = (repeatLength(position, rep0, limit) << 2) | 3;
	best = max<u32>(best, (repeatLength(position, rep1, limit) << 2) | 2);
	best = max<u32>(best, (repeatLength(position, rep2, limit) << 2) | 1);
	best = max<u32>(best, repeatLength(position, rep3, limit) << 2);
	return best ^ 3;
}

function hasRepeat(position: u32): boolean {
	const pair = load<u16>(position, INPUT);
	const first =
		u32(load<u16>(position - rep0, INPUT - 1) == pair) | u32(load<u16>(position - rep1, INPUT - 1) == pair);
	return (
		(first |
			u32(load<u16>(position - rep2, INPUT - 1) == pair) |
			u32(load<u16>(position - rep3, INPUT - 1) == pair)) !=
		0
	);
}

function repeatGain(length: u32): i32 {
	return length < MIN_MATCH ? 0 : length * BYTE_GAIN + REPEAT_GAIN;
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
		const repeated = repeat >> 2;
		if (repeated >= nice) {
			encodeRep(repeated, repeat & 3);
			continue;
		}
		if (searched != position) searchBest(position, limit, depth, nice);
		if (repeated >= MIN_MATCH && matchLength < nice && repeatGain(repeated) >= matchGain) {
			encodeRep(repeated, repeat & 3);
		} else if (matchLength == 0) {
			encodeSingle(position);
		} else if (matchLength >= nice) {
			encodeMatch(matchLength, matchDistance);
		} else {
			searched = position + 1;
			encodeMatchOrLiteral(limit - 1, depth, nice);
		}
	}
	while (encodedPosition < end) encodeSingle(encodedPosition);
}

/** Takes the match just found, unless the next position has something better. */
function encodeMatchOrLiteral(limit: u32, depth: i32, nice: u32): void {
	const length = matchLength;
	const distance = matchDistance;
	const enough = matchGain + LITERAL_LOSS;
	const next = encodedPosition + 1;
	searchBest(next, limit, depth, nice);
	if (matchGain > enough || repeatGain(bestRepeat(next, limit) >> 2) > enough) encodeLiteral();
	else encodeMatch(length, distance);
}

/** One byte, as a short repeat where it is one. */
function encodeSingle(position: u32): void {
	if (load<u8>(position, INPUT) == load<u8>(position - rep0, INPUT - 1)) encodeRep(1, 0);
	else encodeLiteral();
}
