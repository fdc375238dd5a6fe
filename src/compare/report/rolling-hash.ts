import type { PagedContent } from "./paged-content.js";

/** Bytes that are looked up together: the smallest match that is found for certain is twice as long. */
export const STRETCH = 256;
const BASE = 0x01000193;

/** BASE to the power of STRETCH - 1: what the first byte of a stretch weighs. */
const FIRST_WEIGHT: number = Array.from({ length: STRETCH - 1 }).reduce<number>(
	(power) => Math.imul(power, BASE),
	1,
);

/** Returns the hash of the stretch that begins at a position: a signed number, as engines keep those of 32 bits cheaply. */
export function hashOf(content: PagedContent, position: number): number {
	let state = 0;
	for (let done = 0; done < STRETCH; ) {
		const span = content.span(position + done);
		const count = Math.min(span.length, STRETCH - done);
		for (let i = 0; i < count; i++) state = (Math.imul(state, BASE) + span[i]!) | 0;
		done += count;
	}
	return state;
}

/** Returns the hash of the stretch one byte further on. */
export function roll(state: number, first: number, next: number): number {
	return (Math.imul(state - Math.imul(first, FIRST_WEIGHT), BASE) + next) | 0;
}
