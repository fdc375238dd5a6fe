/**
 * Joins pieces of data that are alike, by hashes of what they consist of (`shingles.ts`). Likeness of two pieces
 * is the number of hashes they share over the geometric mean of how many they have (and 4, so that few hashes
 * prove little).
 *
 * Loops over all hashes are cut into calls: V8 optimises a function between two calls, not while it runs.
 */
import {
	BEST,
	counts,
	DIGIT_BITS,
	DIGITS,
	entries,
	MAP_BEGIN,
	MOST_PARTNERS,
	other,
	PLACES,
	partners,
	shared,
	sizes,
	starts,
	swapEntries,
} from "./likeness-map";
import { addPair, clearPairs, joinPairs, STEPS } from "./likeness-pairs";

export { prepare, rootsAddress, samplesAddress, startsAddress } from "./likeness-map";

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = MAP_BEGIN;

/** A hash that more pieces than this have in common says nothing (licence texts, ELF headers). */
const MOST_SHARERS: u32 = 100;
/** Less counts as none. */
const LEAST: f64 = 0.05;
/** Entries of one call. */
const CHUNK: u32 = 1 << 13;

/**
 * Joins the most alike pair first, then the next, as long as what is joined has `mostBytes` at most; equal likeness
 * by the places of the pieces. Leaves in ROOTS, for each piece, the first one that it is joined with.
 */
export function join(pieces: u32, mostBytes: u32): void {
	const hashes = enterSamples(pieces);
	for (let digit: u32 = 0; digit < DIGITS; digit++) sortByDigit(digit, hashes);
	listRuns(pieces, hashes);
	clearPairs();
	memory.fill(shared, 0, pieces << 2);
	for (let piece: u32 = 0; piece < pieces; piece++) {
		const best = keepBest(piece, countPartners(piece), mostBytes);
		for (let i: u32 = 0; i < best; i++) {
			const key = load<u64>(BEST + (i << 3));
			addPair(piece, ~(<u32>key), <u32>(key >>> 32));
		}
	}
	joinPairs(pieces, mostBytes);
}

/**
 * Makes an entry of each hash of the samples: the hash below, the piece that has it above. Counts the digits of all.
 * A sample is the number of its hashes, the size of the piece, a word that is of no use here, and the hashes, u32 each.
 * @returns how many hashes there are.
 */
function enterSamples(pieces: u32): u32 {
	memory.fill(PLACES, 0, (DIGITS << DIGIT_BITS) << 2);
	let to = entries;
	for (let piece: u32 = 0; piece < pieces; piece++) {
		const sample = other + load<u32>(starts + (piece << 2));
		const count = load<u32>(sample);
		store<u32>(counts + (piece << 2), count);
		store<u32>(sizes + (piece << 2), load<u32>(sample, 4));
		enterPiece(piece, sample + 12, sample + 12 + ((<usize>count) << 2), to);
		to += (<usize>count) << 3;
	}
	return <u32>((to - entries) >>> 3);
}

export function enterPiece(piece: u32, from: usize, end: usize, to: usize): void {
	const owner = (<u64>piece) << 32;
	for (; from < end; from += 4, to += 8) {
		const hash = load<u32>(from);
		store<u64>(to, owner | hash);
		for (let digit: u32 = 0; digit < DIGITS; digit++) {
			const place = placeOf(digit, hash);
			store<u32>(place, load<u32>(place) + 1);
		}
	}
}

/** Where the counts, and then the places, of a hash's digit are. */
function placeOf(digit: u32, hash: u32): usize {
	const value = (hash >>> (digit * DIGIT_BITS)) & ((1 << DIGIT_BITS) - 1);
	return PLACES + (((digit << DIGIT_BITS) + value) << 2);
}

/** One round of a radix sort: entries in the order of a digit, equals as they were. */
function sortByDigit(digit: u32, hashes: u32): void {
	let place: u32 = 0;
	for (let value: u32 = 0; value < 1 << DIGIT_BITS; value++) {
		const at = PLACES + (((digit << DIGIT_BITS) + value) << 2);
		const count = load<u32>(at);
		store<u32>(at, place);
		place += count;
	}
	for (let begin: u32 = 0; begin < hashes; begin += CHUNK) scatter(digit, begin, min(hashes, begin + CHUNK));
	swapEntries();
}

export function scatter(digit: u32, begin: u32, end: u32): void {
	for (let i = begin; i < end; i++) {
		const entry = load<u64>(entries + ((<usize>i) << 3));
		const at = placeOf(digit, <u32>entry);
		const place = load<u32>(at);
		store<u32>(at, place + 1);
		store<u64>(other + ((<usize>place) << 3), entry);
	}
}

/**
 * Leaves in OTHER, for each piece, the runs of entries that share a hash with it and come after it: first and end,
 * u32 each. Those of piece p begin at `STARTS[p]`.
 */
function listRuns(pieces: u32, hashes: u32): void {
	memory.fill(starts, 0, (pieces + 2) << 2);
	for (let i: u32 = 0; i < hashes; ) i = scanRuns(i, hashes, false);
	for (let piece: u32 = 2; piece < pieces + 2; piece++) {
		const at = starts + (piece << 2);
		store<u32>(at, load<u32>(at) + load<u32>(at - 4));
	}
	for (let i: u32 = 0; i < hashes; ) i = scanRuns(i, hashes, true);
}

/**
 * Counts, or keeps, the runs of about a chunk of entries from `begin` on, of hashes that two or more pieces share, but
 * not too many. Counts of piece p are at STARTS[p + 2], and then, summed up, the next place for one at STARTS[p + 1].
 * @returns the end of the chunk.
 */
export function scanRuns(begin: u32, hashes: u32, keep: bool): u32 {
	const last = begin + CHUNK;
	while (begin < hashes && begin < last) {
		const hash = load<u32>(entries + ((<usize>begin) << 3));
		let end = begin + 1;
		while (end < hashes && load<u32>(entries + ((<usize>end) << 3)) == hash) end++;
		if (end - begin <= MOST_SHARERS) {
			for (let i = begin; i + 1 < end; i++) {
				const owner = load<u32>(entries + ((<usize>i) << 3), 4);
				const at = starts + ((owner + (keep ? 1 : 2)) << 2);
				const place = load<u32>(at);
				store<u32>(at, place + 1);
				if (keep) store<u64>(other + ((<usize>place) << 3), ((<u64>end) << 32) | (i + 1));
			}
		}
		begin = end;
	}
	return begin;
}

/** Lists the later pieces that share a hash with this one, each once; counts how many they share in SHARED. */
export function countPartners(piece: u32): u32 {
	let count: u32 = 0;
	const runsEnd = other + ((<usize>load<u32>(starts + (piece << 2), 4)) << 3);
	for (let run = other + ((<usize>load<u32>(starts + (piece << 2))) << 3); run < runsEnd; run += 8) {
		const end = entries + ((<usize>load<u32>(run, 4)) << 3);
		for (let at = entries + ((<usize>load<u32>(run)) << 3); at < end; at += 8) {
			const partner = load<u32>(at, 4);
			const sharers = shared + (partner << 2);
			const before = load<u32>(sharers);
			store<u32>(sharers, before + 1);
			if (before == 0) store<u32>(partners + (count++ << 2), partner);
		}
	}
	return count;
}

/** Leaves in BEST the partners that are alike enough, the most alike first, and clears what was counted. */
export function keepBest(piece: u32, count: u32, mostBytes: u32): u32 {
	const hashes = load<u32>(counts + (piece << 2));
	const size = load<u32>(sizes + (piece << 2));
	let kept: u32 = 0;
	for (let i: u32 = 0; i < count; i++) {
		const partner = load<u32>(partners + (i << 2));
		const at = shared + (partner << 2);
		const product = <f64>hashes * <f64>load<u32>(counts + (partner << 2));
		const likeness = <f64>load<u32>(at) / (sqrt(product) + 4);
		store<u32>(at, 0);
		if (likeness < LEAST || size + load<u32>(sizes + (partner << 2)) > mostBytes) continue;
		kept = insertBest(((<u64>(likeness * <f64>STEPS)) << 32) | ~partner, kept);
	}
	return kept;
}

/** Puts a partner where it belongs among those that are kept, in descending order; the least may fall out. */
function insertBest(key: u64, kept: u32): u32 {
	let at = BEST + (kept << 3);
	if (kept < MOST_PARTNERS) kept++;
	else if (load<u64>(at - 8) >= key) return kept;
	else at -= 8;
	for (; at > BEST && load<u64>(at - 8) < key; at -= 8) store<u64>(at, load<u64>(at - 8));
	store<u64>(at, key);
	return kept;
}
