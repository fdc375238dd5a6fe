/**
 * The fast strategies: one place per hash, in one table or two, no looking ahead, and steps
 * that grow where nothing is found.
 */

import { agreementEnd, beginGathering, gatherMatch, gatherRest } from "./zstd-gatherer";
import { INPUT, LONG_HEADS, SHORT_HEADS } from "./zstd-map";
import { repeatedOffset } from "./zstd-offsets";

const LONG_BITS: u64 = 16;
export const SHORT_BITS: u64 = 15;
const MULTIPLIER: u64 = 0x9e3779b185ebca87;

/** A match begins this far before the end at the latest: words of eight bytes are read there. */
const LAST_PLACE: usize = 9;
/** The step grows by one each time this power of two of bytes brought no match. */
const PATIENCE_BITS: usize = 7;

/** Starts an input. @param bits of the hash of the one table, or 0 where there are two. */
export function forgetHeads(bits: u64): void {
	memory.fill(SHORT_HEADS, 0, (<usize>4) << (<usize>(bits == 0 ? SHORT_BITS : bits)));
	if (bits == 0) memory.fill(LONG_HEADS, 0, (<usize>4) << (<usize>LONG_BITS));
}

/** Bits to shift a word up by, so that only its first `bytes` count. */
function unusedBits(bytes: u64): u64 {
	return 64 - 8 * bytes;
}

function slot(heads: usize, word: u64, unused: u64, bits: u64): usize {
	return heads + ((<usize>(((word << unused) * MULTIPLIER) >> (64 - bits))) << 2);
}

/** An offset to try from the second byte of the input on; 1 where it reaches farther back than that. */
function usable(offset: u32, from: usize): u32 {
	return offset <= <u32>(from - INPUT) ? offset : 1;
}

/**
 * Parses the bytes from `from` to `end` with one table.
 * @param bytes how many bytes are hashed, 5..8; @param bits of the hash, up to 15.
 */
export function parseFast(from: usize, end: usize, bytes: u64, bits: u64): void {
	const unused = unusedBits(bytes);
	const last = end - min(end - from, LAST_PLACE);
	let first = usable(repeatedOffset(1), from);
	let second = usable(repeatedOffset(2), from);
	let anchor = from;
	let place = from + usize(from == INPUT);
	beginGathering();
	while (place < last) {
		const word = load<u64>(place);
		const head = slot(SHORT_HEADS, word, unused, bits);
		let earlier = <usize>load<u32>(head);
		store<u32>(head, <u32>place);
		let start = place;
		let stop: usize;
		if (load<u32>(place + 1 - first) == <u32>(word >> 8)) {
			start++;
			stop = agreementEnd(start + 4 - first, start + 4, end);
			gatherMatch(anchor, start, <u32>(stop - start), first);
		} else if (load<u32>(earlier) == <u32>word && earlier != 0) {
			stop = agreementEnd(earlier + 4, place + 4, end);
			second = first;
			first = <u32>(place - earlier);
			while (start > anchor && earlier > INPUT && load<u8>(start - 1) == load<u8>(earlier - 1)) {
				start--;
				earlier--;
			}
			gatherMatch(anchor, start, <u32>(stop - start), first);
		} else {
			place += 1 + ((place - anchor) >> PATIENCE_BITS);
			continue;
		}
		const next = place + 2;
		place = anchor = stop;
		if (place >= last) break;
		store<u32>(slot(SHORT_HEADS, load<u64>(next), unused, bits), <u32>next);
		store<u32>(slot(SHORT_HEADS, load<u64>(place - 2), unused, bits), <u32>place - 2);
		while (place < last && load<u32>(place - second) == load<u32>(place)) {
			const swap = first;
			first = second;
			second = swap;
			store<u32>(slot(SHORT_HEADS, load<u64>(place), unused, bits), <u32>place);
			anchor = agreementEnd(place + 4 - first, place + 4, end);
			gatherMatch(place, place, <u32>(anchor - place), first);
			place = anchor;
		}
	}
	gatherRest(anchor, end);
}

/**
 * Parses the bytes from `from` to `end` with two tables, preferring matches of eight bytes.
 * @param bytes how many bytes the second table hashes, 4..7.
 */
export function parseDoubleFast(from: usize, end: usize, bytes: u64): void {
	const unused = unusedBits(bytes);
	const last = end - min(end - from, LAST_PLACE);
	let first = usable(repeatedOffset(1), from);
	let second = usable(repeatedOffset(2), from);
	let anchor = from;
	let place = from + usize(from == INPUT);
	beginGathering();
	while (place < last) {
		const word = load<u64>(place);
		const longHead = slot(LONG_HEADS, word, 0, LONG_BITS);
		const head = slot(SHORT_HEADS, word, unused, SHORT_BITS);
		let earlier = <usize>load<u32>(longHead);
		const near = <usize>load<u32>(head);
		store<u32>(longHead, <u32>place);
		store<u32>(head, <u32>place);
		const next = place + 2;
		let start = place;
		let stop: usize;
		if (load<u32>(place + 1 - first) == <u32>(word >> 8)) {
			start++;
			stop = agreementEnd(start + 4 - first, start + 4, end);
		} else {
			if (load<u64>(earlier) == word && earlier != 0) {
				stop = agreementEnd(earlier + 8, place + 8, end);
			} else if (load<u32>(near) == <u32>word && near != 0) {
				const nextWord = load<u64>(place + 1);
				const nextHead = slot(LONG_HEADS, nextWord, 0, LONG_BITS);
				earlier = <usize>load<u32>(nextHead);
				store<u32>(nextHead, <u32>place + 1);
				if (load<u64>(earlier) == nextWord && earlier != 0) {
					start++;
					stop = agreementEnd(earlier + 8, start + 8, end);
				} else {
					earlier = near;
					stop = agreementEnd(earlier + 4, place + 4, end);
				}
			} else {
				place += 1 + ((place - anchor) >> PATIENCE_BITS);
				continue;
			}
			second = first;
			first = <u32>(start - earlier);
			while (start > anchor && earlier > INPUT && load<u8>(start - 1) == load<u8>(earlier - 1)) {
				start--;
				earlier--;
			}
		}
		gatherMatch(anchor, start, <u32>(stop - start), first);
		place = anchor = stop;
		if (place >= last) break;
		store<u32>(slot(LONG_HEADS, load<u64>(next), 0, LONG_BITS), <u32>next);
		store<u32>(slot(SHORT_HEADS, load<u64>(next), unused, SHORT_BITS), <u32>next);
		store<u32>(slot(LONG_HEADS, load<u64>(place - 2), 0, LONG_BITS), <u32>place - 2);
		store<u32>(slot(SHORT_HEADS, load<u64>(place - 1), unused, SHORT_BITS), <u32>place - 1);
		while (place < last && load<u32>(place - second) == load<u32>(place)) {
			const swap = first;
			first = second;
			second = swap;
			const again = load<u64>(place);
			store<u32>(slot(LONG_HEADS, again, 0, LONG_BITS), <u32>place);
			store<u32>(slot(SHORT_HEADS, again, unused, SHORT_BITS), <u32>place);
			anchor = agreementEnd(place + 4 - first, place + 4, end);
			gatherMatch(place, place, <u32>(anchor - place), first);
			place = anchor;
		}
	}
	gatherRest(anchor, end);
}
