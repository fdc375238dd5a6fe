/** Pairs of pieces that are alike, and the sets that they are joined to. */
import { pairs, reserve, roots, STEP_PLACES, sizes } from "./likeness-map";

/** Likeness is rounded to this many steps. */
export const STEPS: u32 = 4096;
/** Bytes of a pair: its pieces and its likeness, u32 each. */
const PAIR: usize = 12;

let count: u32 = 0;

export function clearPairs(): void {
	count = 0;
}

export function addPair(first: u32, second: u32, steps: u32): void {
	const at = pairs + <usize>count * PAIR;
	reserve(at + PAIR);
	store<u32>(at, first);
	store<u32>(at, second, 4);
	store<u32>(at, steps, 8);
	count++;
}

/**
 * Joins the pieces of the most alike pair first, equals as the pairs came, as long as what is joined has `mostBytes`
 * at most. Leaves the first piece of each set in ROOTS; changes SIZES.
 */
export function joinPairs(pieces: u32, mostBytes: u32): void {
	const order = pairs + <usize>count * PAIR;
	reserve(order + ((<usize>count) << 2));
	sortPairs(order);
	for (let piece: u32 = 0; piece < pieces; piece++) store<u32>(roots + (piece << 2), piece);
	for (let i: u32 = 0; i < count; i++) {
		const at = pairs + <usize>load<u32>(order + (i << 2)) * PAIR;
		joinPair(load<u32>(at), load<u32>(at, 4), mostBytes);
	}
	for (let piece: u32 = 0; piece < pieces; piece++) store<u32>(roots + (piece << 2), rootOf(piece));
}

/** Numbers of the pairs at `order`, the most alike first: a counting sort. */
function sortPairs(order: usize): void {
	memory.fill(STEP_PLACES, 0, (STEPS + 2) << 2);
	for (let i: u32 = 0; i < count; i++) {
		const after = placeOf(i) + 4;
		store<u32>(after, load<u32>(after) + 1);
	}
	for (let step: u32 = 0; step < STEPS; step++) {
		const at = STEP_PLACES + (step << 2);
		store<u32>(at, load<u32>(at, 4) + load<u32>(at), 4);
	}
	for (let i: u32 = 0; i < count; i++) {
		const at = placeOf(i);
		const place = load<u32>(at);
		store<u32>(at, place + 1);
		store<u32>(order + (place << 2), i);
	}
}

/** Where the place of the next pair as alike as this one is kept. */
function placeOf(pair: u32): usize {
	return STEP_PLACES + ((STEPS - load<u32>(pairs + <usize>pair * PAIR, 8)) << 2);
}

function joinPair(first: u32, second: u32, mostBytes: u32): void {
	const a = rootOf(first);
	const b = rootOf(second);
	if (a == b) return;
	const low = min(a, b);
	const high = max(a, b);
	const size = load<u32>(sizes + (low << 2)) + load<u32>(sizes + (high << 2));
	if (size > mostBytes) return;
	store<u32>(roots + (high << 2), low);
	store<u32>(sizes + (low << 2), size);
}

function rootOf(piece: u32): u32 {
	let at = roots + (piece << 2);
	while (load<u32>(at) != piece) {
		// Halves the way for the next one.
		piece = load<u32>(roots + (load<u32>(at) << 2));
		store<u32>(at, piece);
		at = roots + (piece << 2);
	}
	return piece;
}
