/**
 * What a greedy parser has taken so far: LITERALS and SEQUENCES (see zstd-sequence-encoder.ts),
 * which grow with each match.
 */
import { copySixteen } from "./wide";
import { LITERALS, SEQUENCES } from "./zstd-map";
import { SEQUENCE_SIZE } from "./zstd-sequence-encoder";

export let gatheredSequences: usize = SEQUENCES;
export let gatheredLiterals: usize = LITERALS;

export function beginGathering(): void {
	gatheredSequences = SEQUENCES;
	gatheredLiterals = LITERALS;
}

/** Copies sixteen bytes at a time; up to fifteen past the end, which the next copy overwrites. */
function putLiterals(from: usize, end: usize): void {
	let to = gatheredLiterals;
	gatheredLiterals = to + (end - from);
	for (; from < end; from += 16) {
		copySixteen(to, from);
		to += 16;
	}
}

/** Appends the literals from `from` to `place`, and the match there. */
export function gatherMatch(from: usize, place: usize, length: u32, distance: u32): void {
	const at = gatheredSequences;
	store<u64>(at, <u64>(place - from) | ((<u64>length) << 32));
	store<u32>(at, distance, 8);
	gatheredSequences = at + SEQUENCE_SIZE;
	putLiterals(from, place);
}

/** Appends the literals after the last match. */
export function gatherRest(from: usize, end: usize): void {
	putLiterals(from, end);
}

/** Where the bytes from `a` and `b` on, `a` before `b`, cease to be equal, as an address after `b`. */
export function agreementEnd(a: usize, b: usize, end: usize): usize {
	for (; b < end; b += 8) {
		const difference = load<u64>(a) ^ load<u64>(b);
		if (difference) return min(b + <usize>(ctz(difference) >>> 3), end);
		a += 8;
	}
	return end;
}
