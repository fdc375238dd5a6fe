import type { Content } from "../../ground/bytes/index.js";

/** Stretches that are looked up: the smallest match that is found for certain is twice as long. */
const WINDOW = 256;
/** Bytes of one instruction of a patch: a position and a length. */
const INSTRUCTION = 12;
const PAGE = 1 << 16;
const PAGES = 64;
/** Multiplier of the rolling hash. */
const BASE = 0x01000193;
/** Stretches with one hash that are tried: runs of equal bytes have the same hash everywhere. */
const CANDIDATES = 4;

/**
 * Returns the bytes of a patch that makes `next` of `old`: what is not copied from `old`, and the
 * copy instructions. It is the size of a patch without compression, which stored blocks no longer
 * yield to. Memory: 8 bytes for each 256 of `old`.
 */
export function patchBytes(old: Content, next: Content): number {
	const index = new StretchIndex(old);
	const target = new PagedContent(next);
	let [bytes, at, literalStart] = [0, 0, 0];
	while (at + WINDOW <= next.size) {
		at = findCandidate(index, target, at);
		const match =
			at + WINDOW <= next.size ? index.find(hashOf(target, at), target, at, literalStart) : undefined;
		if (match === undefined) {
			at++;
			continue;
		}
		bytes += match.start - literalStart + INSTRUCTION;
		at = literalStart = match.end;
	}
	return bytes + next.size - literalStart;
}

/** Returns the first position from `at` on whose stretch may be in the index; the end where there is none. */
function findCandidate(index: StretchIndex, target: PagedContent, at: number): number {
	let position = at;
	let state = hashOf(target, position);
	const last = target.size - WINDOW;
	while (!index.mayHave(state)) {
		if (position >= last) return target.size;
		// As far as neither end of the stretch leaves its page.
		const [first, next] = [target.span(position), target.span(position + WINDOW)];
		const count = Math.min(first.length, next.length, last - position);
		let i = 0;
		do {
			state = roll(state, first[i]!, next[i]!);
			i++;
		} while (i < count && !index.mayHave(state));
		position += i;
	}
	return position;
}

interface Match {
	/** Positions in the new content. */
	readonly start: number;
	readonly end: number;
}

/** Finds stretches of the old content by their hash. */
class StretchIndex {
	readonly #old: PagedContent;
	/** Stretch by hash, plus one; a table with open addressing. */
	readonly #slots: Uint32Array;
	readonly #mask: number;
	readonly #hashes: Uint32Array;
	/** Where the last match ended in the old content, and in the new one: matches continue each other. */
	#expected = { old: 0, new: 0 };

	constructor(content: Content) {
		this.#old = new PagedContent(content);
		const count = Math.floor(content.size / WINDOW);
		// A quarter full, so that most stretches that are not there are told by one look.
		this.#slots = new Uint32Array(2 ** Math.min(24, Math.ceil(Math.log2(4 * count + 4))));
		this.#mask = this.#slots.length - 1;
		this.#hashes = new Uint32Array(count);
		for (let i = 0; i < count; i++) this.#add(i);
	}

	#add(stretch: number): void {
		const state = hashOf(this.#old, stretch * WINDOW);
		this.#hashes[stretch] = state;
		let slot = this.#slot(state);
		for (let tries = 0; this.#slots[slot] !== 0; tries++) {
			const equal = this.#hashes[this.#slots[slot]! - 1] === state;
			if (equal && tries >= CANDIDATES) return;
			slot = (slot + 1) & this.#mask;
		}
		this.#slots[slot] = stretch + 1;
	}

	/** Returns whether a stretch of this hash may be there; a wrong yes costs time alone. */
	mayHave(state: number): boolean {
		const stretch = this.#slots[this.#slot(state)]!;
		return stretch !== 0 && (this.#hashes[stretch - 1] === state || this.#find(state) !== 0);
	}

	/** Returns the first stretch of this hash plus one, 0 for none. */
	#find(state: number): number {
		let slot = this.#slot(state);
		while (this.#slots[slot] !== 0 && this.#hashes[this.#slots[slot]! - 1] !== state) {
			slot = (slot + 1) & this.#mask;
		}
		return this.#slots[slot]!;
	}

	#slot(state: number): number {
		return (Math.imul(state, 0x9e3779b1) >>> 8) & this.#mask;
	}

	/** Returns the longest of a few matches that contain the stretch at `at`, grown to both sides. */
	find(state: number, target: PagedContent, at: number, floor: number): Match | undefined {
		let best: (Match & { readonly old: number }) | undefined;
		const consider = (position: number): void => {
			const match = this.#grow(target, position, at, floor);
			if (match && match.end - match.start > (best ? best.end - best.start : 0)) best = match;
		};
		const expected = this.#expected.old + at - this.#expected.new;
		if (at - this.#expected.new < 2 * WINDOW && expected + WINDOW <= this.#old.size) consider(expected);
		let slot = this.#slot(state);
		for (let tries = 0; this.#slots[slot] !== 0 && tries < CANDIDATES; slot = (slot + 1) & this.#mask) {
			const stretch = this.#slots[slot]! - 1;
			if (this.#hashes[stretch] !== state) continue;
			tries++;
			consider(stretch * WINDOW);
		}
		if (best) this.#expected = { old: best.old, new: best.end };
		return best;
	}

	#grow(
		target: PagedContent,
		old: number,
		at: number,
		floor: number,
	): (Match & { readonly old: number }) | undefined {
		const length = matchLength(this.#old, old, target, at);
		if (length < WINDOW) return undefined;
		let back = 0;
		const start = Math.min(old, at - floor);
		while (back < start && this.#old.byte(old - back - 1) === target.byte(at - back - 1)) back++;
		return { start: at - back, end: at + length, old: old + length };
	}
}

/** Returns how many bytes are equal from two positions on. */
function matchLength(a: PagedContent, at: number, b: PagedContent, other: number): number {
	const limit = Math.min(a.size - at, b.size - other);
	let length = 0;
	while (length < limit) {
		const [x, y] = [a.span(at + length), b.span(other + length)];
		const count = Math.min(x.length, y.length, limit - length);
		let i = 0;
		while (i < count && x[i] === y[i]) i++;
		length += i;
		if (i < count) break;
	}
	return length;
}

/** Bytes of a content one by one, read in pages. */
class PagedContent {
	readonly size: number;
	readonly #content: Content;
	readonly #pages: (Uint8Array | undefined)[] = new Array(PAGES).fill(undefined);
	readonly #numbers: number[] = new Array(PAGES).fill(-1);
	#current: Uint8Array = new Uint8Array(0);
	#start = 0;

	constructor(content: Content) {
		this.#content = content;
		this.size = content.size;
	}

	byte(position: number): number {
		const offset = position - this.#start;
		if (offset >= 0 && offset < this.#current.length) return this.#current[offset]!;
		this.#load(Math.floor(position / PAGE));
		return this.#current[position - this.#start]!;
	}

	/** Returns the bytes from a position on to the end of its page. */
	span(position: number): Uint8Array {
		const offset = position - this.#start;
		if (offset < 0 || offset >= this.#current.length) {
			this.#load(Math.floor(position / PAGE));
			return this.#current.subarray(position - this.#start);
		}
		return this.#current.subarray(offset);
	}

	#load(number: number): void {
		const slot = number % PAGES;
		if (this.#numbers[slot] !== number) {
			const page = new Uint8Array(Math.min(PAGE, this.size - number * PAGE));
			this.#content.read(page, number * PAGE);
			this.#pages[slot] = page;
			this.#numbers[slot] = number;
		}
		this.#current = this.#pages[slot]!;
		this.#start = number * PAGE;
	}
}

/** BASE to the power of WINDOW - 1: what the first byte of a stretch weighs. */
const FIRST_WEIGHT: number = Array.from({ length: WINDOW - 1 }).reduce<number>(
	(power) => Math.imul(power, BASE),
	1,
);

function hashOf(content: PagedContent, position: number): number {
	let state = 0;
	for (let i = 0; i < WINDOW; i++) state = (Math.imul(state, BASE) + content.byte(position + i)) >>> 0;
	return state;
}

/** Returns the hash of the stretch one byte further on. */
function roll(state: number, first: number, next: number): number {
	return (Math.imul(state - Math.imul(first, FIRST_WEIGHT), BASE) + next) >>> 0;
}
