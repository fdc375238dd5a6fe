import type { Content } from "../../ground/bytes/index.js";
import { PagedContent } from "./paged-content.js";
import { hashOf, roll, STRETCH } from "./rolling-hash.js";

/** Most stretches with the same hash that are tried: runs of equal bytes have the same hash everywhere. */
const CANDIDATES = 4;

/** A part of a content. */
export interface Range {
	readonly start: number;
	readonly end: number;
}

/** Bytes of the new content that the old one has too. */
export interface Match extends Range {
	/** Position after them in the old content. */
	readonly oldEnd: number;
}

/** Result of rolling a hash. */
export interface Rolled {
	/** Bytes that it rolled over. */
	readonly done: number;
	readonly state: number;
	/** Whether the index may have a stretch with this hash. */
	readonly isCandidate: boolean;
}

/** Finds stretches of an old content by their hash. It takes at most 28 bytes of memory for each stretch. */
export class StretchIndex {
	readonly #old: PagedContent;
	/** Number of the stretch plus one, by hash: a table with open addressing. */
	readonly #slots: Uint32Array;
	readonly #mask: number;
	/** 32 bits for each stretch, one of which is set by its hash. One look excludes most unknown hashes. */
	readonly #filter: Uint32Array;
	readonly #hashes: Int32Array;
	readonly #positions: Float64Array;
	/** Where the last match ended in the old content and in the new one. The next match often continues it. */
	#expected = { old: 0, new: 0 };

	/** @param ranges parts of the old content to index. */
	constructor(content: Content, ranges: readonly Range[]) {
		this.#old = new PagedContent(content);
		const count = ranges.reduce((sum, { start, end }) => sum + Math.floor((end - start) / STRETCH), 0);
		// The table is at most half full.
		this.#slots = new Uint32Array(2 ** Math.min(24, Math.ceil(Math.log2(2 * count + 2))));
		this.#filter = new Uint32Array(2 ** Math.min(20, Math.ceil(Math.log2(count + 1))));
		this.#mask = this.#slots.length - 1;
		this.#hashes = new Int32Array(count);
		this.#positions = new Float64Array(count);
		let stretch = 0;
		for (const { start, end } of ranges) {
			for (let at = start; at + STRETCH <= end; at += STRETCH) this.#add(stretch++, at);
		}
	}

	#add(stretch: number, position: number): void {
		const state = hashOf(this.#old, position);
		this.#hashes[stretch] = state;
		this.#positions[stretch] = position;
		const bit = bitOf(state);
		this.#filter[(bit >>> 5) & (this.#filter.length - 1)]! |= 1 << (bit & 31);
		let slot = this.#slot(state);
		for (let tries = 0; this.#slots[slot] !== 0; tries++) {
			const equal = this.#hashes[this.#slots[slot]! - 1] === state;
			if (equal && tries >= CANDIDATES) return;
			slot = (slot + 1) & this.#mask;
		}
		this.#slots[slot] = stretch + 1;
	}

	/**
	 * Rolls a hash until the index may have its stretch. A false candidate only costs time.
	 * @param state the hash; it is looked up first.
	 * @param first the bytes that leave the stretch, one by one; `next` those that enter it.
	 * @param count most bytes to roll over.
	 */
	rollToCandidate(state: number, first: Uint8Array, next: Uint8Array, count: number): Rolled {
		// Every byte of a new content passes this loop, so fields are read once before it.
		const filter = this.#filter;
		const filterMask = filter.length - 1;
		let rolled = state;
		for (let done = 0; ; done++) {
			const bit = bitOf(rolled);
			if (((filter[(bit >>> 5) & filterMask]! >>> (bit & 31)) & 1) === 1 && this.#has(rolled))
				return { done, state: rolled, isCandidate: true };
			if (done === count) return { done, state: rolled, isCandidate: false };
			rolled = roll(rolled, first[done]!, next[done]!);
		}
	}

	#has(state: number): boolean {
		let slot = this.#slot(state);
		while (this.#slots[slot] !== 0 && this.#hashes[this.#slots[slot]! - 1] !== state) {
			slot = (slot + 1) & this.#mask;
		}
		return this.#slots[slot] !== 0;
	}

	#slot(state: number): number {
		return (Math.imul(state, 0x9e3779b1) >>> 8) & this.#mask;
	}

	/**
	 * Returns the longest of a few matches that contain the stretch at `at`, extended to both sides.
	 * @param within part of the new content that limits the match.
	 */
	find(state: number, target: PagedContent, at: number, within: Range): Match | undefined {
		let best: Match | undefined;
		const consider = (position: number): void => {
			const match = this.#grow(target, position, at, within);
			if (match && match.end - match.start > (best ? best.end - best.start : 0)) best = match;
		};
		const expected = this.#expected.old + at - this.#expected.new;
		if (at - this.#expected.new < 2 * STRETCH && expected + STRETCH <= this.#old.size) consider(expected);
		let slot = this.#slot(state);
		for (let tries = 0; this.#slots[slot] !== 0 && tries < CANDIDATES; slot = (slot + 1) & this.#mask) {
			const stretch = this.#slots[slot]! - 1;
			if (this.#hashes[stretch] !== state) continue;
			tries++;
			consider(this.#positions[stretch]!);
		}
		if (best) this.#expected = { old: best.oldEnd, new: best.end };
		return best;
	}

	/** Returns how many bytes are equal from two positions on. */
	equalAfter(old: number, target: PagedContent, at: number, limit: number): number {
		const most = Math.min(this.#old.size - old, limit - at);
		let length = 0;
		while (length < most) {
			const [x, y] = [this.#old.span(old + length), target.span(at + length)];
			const count = Math.min(x.length, y.length, most - length);
			let i = 0;
			while (i < count && x[i] === y[i]) i++;
			length += i;
			if (i < count) break;
		}
		return length;
	}

	/** Returns how many bytes are equal before two positions. */
	equalBefore(old: number, target: PagedContent, at: number, limit: number): number {
		const most = Math.min(old, at - limit);
		let length = 0;
		while (length < most && this.#old.byte(old - length - 1) === target.byte(at - length - 1)) length++;
		return length;
	}

	#grow(target: PagedContent, old: number, at: number, { start, end }: Range): Match | undefined {
		const length = this.equalAfter(old, target, at, end);
		if (length < STRETCH) return undefined;
		const back = this.equalBefore(old, target, at, start);
		return { start: at - back, end: at + length, oldEnd: old + length };
	}
}

/** Returns the bit of a hash in its word of the filter. */
function bitOf(state: number): number {
	return Math.imul(state, 0x85ebca6b);
}
