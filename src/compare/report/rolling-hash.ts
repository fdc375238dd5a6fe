import type { PagedContent } from "./paged-content.js";

/** Bytes of a stretch. Every match of twice this length is found. */
export const STRETCH = 256;
const BASE = 0x01000193;

/** BASE to the power of STRETCH - 1: the weight of the first byte of a stretch. */
const FIRST_WEIGHT: number = Array.from({ length: STRETCH - 1 }).reduce<number>(
	(power) => Math.imul(power, BASE),
	1,
);

/** Returns the hash of the stretch at a position, as a signed 32-bit number, because engines handle those fastest. */
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

/** Returns the hash of the stretch that begins one byte later. */
export function roll(state: number, first: number, next: number): number {
	return (Math.imul(state - Math.imul(first, FIRST_WEIGHT), BASE) + next) | 0;
}
