import { setImmediate as nextTurn } from "node:timers/promises";
import type { TailSample } from "./tail-sample.js";

/** Pairs of tails that are alike, the most alike first. */
interface LikePairs {
	readonly count: number;
	readonly first: Uint32Array;
	readonly second: Uint32Array;
}

/** A hash that more tails than this have in common tells nothing (licence texts, ELF headers). */
const MOST_SHARERS = 100;
/** Pairs kept of each tail with later ones: the most alike. */
const MOST_PARTNERS = 64;
/** Likeness is rounded to this many steps, and less than the least counts as none. */
const STEPS = 4096;
const LEAST = 0.05;
const DIGIT_BITS = 9;
const HASH_BITS = 27;

/** Tails compared between two turns of the event loop. */
const TURN_TAILS = 256;

/**
 * Finds tails that share hashes. Likeness of two tails is the number of hashes they share over the
 * geometric mean of how many they have (and 4, so that few hashes prove little). Equal likeness is
 * ordered by the places of the tails in `samples`. Gives turns to those who feed the workers.
 * @param mostBytes pairs larger than this together are left out.
 */
export async function findLikePairs(samples: readonly TailSample[], mostBytes: number): Promise<LikePairs> {
	const { hashes, owners } = await sortedHashes(samples);
	const runs = sharedRuns(samples.length, hashes, owners);
	const pairs = new PairList();
	const shared = new Uint32Array(samples.length);
	const partners = new Uint32Array(samples.length);
	for (let tail = 0; tail < samples.length; tail++) {
		if (tail % TURN_TAILS === 0) await nextTurn();
		const count = countPartners(tail, runs, owners, shared, partners);
		const scored = scorePartners(samples, tail, partners.subarray(0, count), shared, mostBytes);
		for (const { partner, steps } of scored.slice(0, MOST_PARTNERS)) pairs.add(tail, partner, steps);
	}
	return pairs.sorted();
}

interface ScoredPartner {
	readonly partner: number;
	readonly steps: number;
}

/** The partners that are alike enough, the most alike first; clears what was counted. */
function scorePartners(
	samples: readonly TailSample[],
	tail: number,
	partners: Uint32Array,
	shared: Uint32Array,
	mostBytes: number,
): readonly ScoredPartner[] {
	const scored: ScoredPartner[] = [];
	const sample = samples[tail]!;
	for (const partner of partners) {
		const other = samples[partner]!;
		const likeness = likenessOf(sample, other, shared[partner]!);
		shared[partner] = 0;
		if (likeness < LEAST || sample.size + other.size > mostBytes) continue;
		scored.push({ partner, steps: Math.min(STEPS, Math.floor(likeness * STEPS)) });
	}
	return scored.sort((a, b) => b.steps - a.steps || a.partner - b.partner);
}

function likenessOf(a: TailSample, b: TailSample, shared: number): number {
	return shared / (Math.sqrt(a.shingles.length * b.shingles.length) + 4);
}

/** Hashes, and beside each the tail that has it. */
interface OwnedHashes {
	readonly hashes: Uint32Array;
	readonly owners: Uint32Array;
}

/** All hashes in ascending order: a radix sort, in three rounds. */
async function sortedHashes(samples: readonly TailSample[]): Promise<OwnedHashes> {
	const total = samples.reduce((sum, { shingles }) => sum + shingles.length, 0);
	let from: OwnedHashes = { hashes: new Uint32Array(total), owners: new Uint32Array(total) };
	let to: OwnedHashes = { hashes: new Uint32Array(total), owners: new Uint32Array(total) };
	let filled = 0;
	for (const [tail, { shingles }] of samples.entries()) {
		from.hashes.set(shingles, filled);
		from.owners.fill(tail, filled, filled + shingles.length);
		filled += shingles.length;
	}
	for (let shift = 0; shift < HASH_BITS; shift += DIGIT_BITS) {
		await nextTurn();
		sortByDigit(from, to, shift);
		[from, to] = [to, from];
	}
	return from;
}

function sortByDigit({ hashes, owners }: OwnedHashes, to: OwnedHashes, shift: number): void {
	const mask = (1 << DIGIT_BITS) - 1;
	const places = new Uint32Array(mask + 2);
	for (let i = 0; i < hashes.length; i++) places[((hashes[i]! >>> shift) & mask) + 1]!++;
	for (let digit = 0; digit < mask; digit++) places[digit + 1]! += places[digit]!;
	for (let i = 0; i < hashes.length; i++) {
		const hash = hashes[i]!;
		const place = places[(hash >>> shift) & mask]!++;
		to.hashes[place] = hash;
		to.owners[place] = owners[i]!;
	}
}

/** For each tail the stretches of `owners` that share a hash with it and come after it. */
interface SharedRuns {
	/** Runs of tail t are `begins[starts[t]]..ends[starts[t]]` up to `starts[t + 1]`. */
	readonly starts: Uint32Array;
	readonly begins: Uint32Array;
	readonly ends: Uint32Array;
}

function sharedRuns(tails: number, hashes: Uint32Array, owners: Uint32Array): SharedRuns {
	const starts = new Uint32Array(tails + 2);
	eachRun(hashes, (begin, end) => {
		for (let i = begin; i < end; i++) starts[owners[i]! + 2]!++;
	});
	for (let tail = 2; tail < starts.length; tail++) starts[tail]! += starts[tail - 1]!;
	const begins = new Uint32Array(starts.at(-1)!);
	const ends = new Uint32Array(starts.at(-1)!);
	eachRun(hashes, (begin, end) => {
		for (let i = begin; i < end; i++) {
			const place = starts[owners[i]! + 1]!++;
			begins[place] = i + 1;
			ends[place] = end;
		}
	});
	return { starts, begins, ends };
}

/** Calls for every stretch of equal hashes that two or more tails share, but not too many. */
function eachRun(hashes: Uint32Array, call: (begin: number, end: number) => void): void {
	for (let begin = 0, end = 0; begin < hashes.length; begin = end) {
		while (end < hashes.length && hashes[end] === hashes[begin]) end++;
		if (end - begin >= 2 && end - begin <= MOST_SHARERS) call(begin, end);
	}
}

/** Later tails that share a hash with this one, each once; how many is counted in `shared`, which was zero. */
function countPartners(
	tail: number,
	{ starts, begins, ends }: SharedRuns,
	owners: Uint32Array,
	shared: Uint32Array,
	partners: Uint32Array,
): number {
	let count = 0;
	for (let run = starts[tail]!; run < starts[tail + 1]!; run++) {
		const end = ends[run]!;
		for (let i = begins[run]!; i < end; i++) {
			const partner = owners[i]!;
			if (shared[partner]!++ === 0) partners[count++] = partner;
		}
	}
	return count;
}

/** Pairs with their likeness, in arrays that grow. */
class PairList {
	#first: Uint32Array = new Uint32Array(1 << 12);
	#second: Uint32Array = new Uint32Array(1 << 12);
	#steps: Uint16Array = new Uint16Array(1 << 12);
	#count = 0;

	add(first: number, second: number, steps: number): void {
		if (this.#count === this.#first.length) this.#grow();
		this.#first[this.#count] = first;
		this.#second[this.#count] = second;
		this.#steps[this.#count++] = steps;
	}

	/** The most alike first; equals as they came. */
	sorted(): LikePairs {
		const places = new Uint32Array(STEPS + 2);
		for (let i = 0; i < this.#count; i++) places[STEPS - this.#steps[i]! + 1]!++;
		for (let step = 0; step < STEPS; step++) places[step + 1]! += places[step]!;
		const first = new Uint32Array(this.#count);
		const second = new Uint32Array(this.#count);
		for (let i = 0; i < this.#count; i++) {
			const place = places[STEPS - this.#steps[i]!]!++;
			first[place] = this.#first[i]!;
			second[place] = this.#second[i]!;
		}
		return { count: this.#count, first, second };
	}

	#grow(): void {
		const grown = <Array extends Uint32Array | Uint16Array>(old: Array, array: Array): Array => {
			array.set(old);
			return array;
		};
		this.#first = grown(this.#first, new Uint32Array(2 * this.#count));
		this.#second = grown(this.#second, new Uint32Array(2 * this.#count));
		this.#steps = grown(this.#steps, new Uint16Array(2 * this.#count));
	}
}
