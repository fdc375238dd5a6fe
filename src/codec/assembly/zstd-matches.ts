/**
 * The matches of every place of a block: for each length the nearest one, found along hash
 * chains that reach back over the whole input.
 */
import { CHAIN, HEADS_SIZE, HEADS3, HEADS4, INPUT, MATCH_STARTS, MATCHES, MATCHES_END } from "./zstd-map";

/** What twelve bits hold; longer matches go on as another one. */
export const LONGEST: u32 = 4095;
/** A 3-byte match farther away costs more than it saves. */
const FARTHEST_OF_3: usize = 1 << 14;

/** No place has more matches: each is longer than the one before. */
const LIST_SLACK: usize = 4 * 520;

let depth: i32 = 0;
let nice: u32 = 0;

/** @param chain most places to try; @param enough length that ends a search. */
export function configureMatches(chain: i32, enough: u32): void {
	depth = chain;
	nice = enough;
}

export function forgetMatches(): void {
	memory.fill(HEADS4, 0, HEADS_SIZE);
}

function slot4(word: u32): usize {
	return HEADS4 + ((<usize>((word * 0x9e3779b1) >>> 15)) << 2);
}

function slot3(word: u32): usize {
	return HEADS3 + ((<usize>(((word << 8) * 0x9e3779b1) >>> 18)) << 2);
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

function chainAt(place: usize): usize {
	return CHAIN + ((place - INPUT) << 2);
}

/** Enters `place`; its predecessor with the same four bytes goes to the chain. */
function enter(place: usize): void {
	const word = load<u32>(place);
	const slot = slot4(word);
	store<u32>(chainAt(place), load<u32>(slot));
	store<u32>(slot, <u32>place);
	store<u32>(slot3(word), <u32>place);
}

/** Enters `place` and appends its matches at `to`; returns the end of the list. */
function collect(place: usize, longest: u32, to: usize): usize {
	const word = load<u32>(place);
	const recent = <usize>load<u32>(slot3(word));
	enter(place);
	let best: u32 = 2;
	let candidate = <usize>load<u32>(chainAt(place));
	if (
		recent != candidate &&
		recent != 0 &&
		place - recent < FARTHEST_OF_3 &&
		((load<u32>(recent) ^ word) & 0xffffff) == 0
	) {
		store<u32>(to, ((<u32>(place - recent)) << 12) | 3);
		to += 4;
		best = 3;
	}
	for (let steps = depth; candidate != 0 && steps > 0; steps--) {
		if (load<u32>(candidate) == word && load<u8>(candidate + best) == load<u8>(place + best)) {
			const length = matchLength(candidate, place, longest);
			if (length > best) {
				best = length;
				store<u32>(to, ((<u32>(place - candidate)) << 12) | length);
				to += 4;
				if (length >= nice || length == longest) break;
			}
		}
		candidate = load<u32>(chainAt(candidate));
	}
	return to;
}

/** Fills MATCH_STARTS and MATCHES for the places from `from` to `end`. */
export function findMatches(from: usize, end: usize): void {
	let list = MATCHES;
	let start = MATCH_STARTS;
	let skip: u32 = 0;
	for (let place = from; place < end; place++) {
		store<u32>(start, <u32>list);
		start += 4;
		if (place + 4 > end) continue;
		if (skip > 0) {
			skip--;
			enter(place);
			continue;
		}
		if (list + LIST_SLACK > MATCHES_END) continue;
		const stop = collect(place, min<u32>(LONGEST, <u32>(end - place)), list);
		// Inside a long match there is nothing better, and runs would take forever.
		if (stop > list) {
			const longest = load<u32>(stop - 4) & 4095;
			if (longest >= nice) skip = longest - 4;
		}
		list = stop;
	}
	store<u32>(start, <u32>list);
}
