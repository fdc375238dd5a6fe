/** Sequences of LZ4 blocks: literals and the match after them. */
import { LEAST_MATCH, output } from "./lz4-map";
import { copySixteen } from "./wide";

let out: usize = 0;

export function beginBlock(): void {
	out = output;
}

/** How long the block is so far. */
export function blockLength(): usize {
	return out - output;
}

/** How far two places agree, `a` before `b`, as an address after `b`, at most `stop`. */
export function agreementEnd(a: usize, b: usize, stop: usize): usize {
	for (; b < stop; b += 8) {
		const difference = load<u64>(a) ^ load<u64>(b);
		if (difference) return min(b + <usize>(ctz(difference) >>> 3), stop);
		a += 8;
	}
	return stop;
}

/** The part of a length that its four bits of the token do not hold. */
function putLength(at: usize, length: usize): usize {
	for (length -= 15; length >= 255; length -= 255) store<u8>(at++, 255);
	store<u8>(at, length);
	return at + 1;
}

/** Sixteen bytes at a time; up to fifteen past the end, which what follows overwrites. */
function putLiterals(token: usize, from: usize, to: usize, matchToken: usize): usize {
	const count = to - from;
	let at = token + 1;
	store<u8>(token, (min<usize>(count, 15) << 4) | matchToken);
	if (count >= 15) at = putLength(at, count);
	const end = at + count;
	for (; at < end; at += 16) {
		copySixteen(at, from);
		from += 16;
	}
	return end;
}

/** Writes the literals from `anchor` to `place` and a match there. */
export function putSequence(anchor: usize, place: usize, distance: usize, length: usize): void {
	const rest = length - LEAST_MATCH;
	const at = putLiterals(out, anchor, place, min<usize>(rest, 15));
	store<u16>(at, distance);
	out = at + 2;
	if (rest >= 15) out = putLength(out, rest);
}

/** Writes the literals that end a block. */
export function putRest(anchor: usize, end: usize): void {
	out = putLiterals(out, anchor, end, 0);
}
