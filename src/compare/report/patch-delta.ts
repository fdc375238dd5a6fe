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
	let state = next.size >= WINDOW ? hashOf(target, 0) : 0;
	while (at + WINDOW <= next.size) {
		const match = index.find(state, target, at, literalStart);
		if (match === undefined) {
			if (at + WINDOW < next.size) state = roll(state, target.byte(at), target.byte(at + WINDOW));
			at++;
			continue;
		}
		bytes += match.start - literalStart + INSTRUCTION;
		at = literalStart = match.end;
		if (at + WINDOW <= next.size) state = hashOf(target, at);
	}
	return bytes + next.size - literalStart;
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
	readonly #hashes: Uint32Array;
	/** Where the last match ended in the old content, and in the new one: matches continue each other. */
	#expected = { old: 0, new: 0 };

	constructor(content: Content) {
		this.#old = new PagedContent(content);
		const count = Math.floor(content.size / WINDOW);
		this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
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
			slot = (slot + 1) & (this.#slots.length - 1);
		}
		this.#slots[slot] = stretch + 1;
	}

	#slot(state: number): number {
		return (Math.imul(state, 0x9e3779b1) >>> 0) % this.#slots.length;
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
		for (
			let tries = 0;
			this.#slots[slot] !== 0 && tries < CANDIDATES;
			slot = (slot + 1) & (this.#slots.length - 1)
		) {
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
		let length = 0;
		const limit = Math.min(this.#old.size - old, target.size - at);
		while (length < limit && this.#old.byte(old + length) === target.byte(at + length)) length++;
		if (length < WINDOW) return undefined;
		let back = 0;
		const start = Math.min(old, at - floor);
		while (back < start && this.#old.byte(old - back - 1) === target.byte(at - back - 1)) back++;
		return { start: at - back, end: at + length, old: old + length };
	}
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
