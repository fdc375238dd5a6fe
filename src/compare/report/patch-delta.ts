import type { Content } from "../../ground/bytes/index.js";
import type { Copy } from "./chunk-delta.js";
import { PagedContent } from "./paged-content.js";
import { hashOf, roll, STRETCH } from "./rolling-hash.js";
import { type Range, StretchIndex } from "./stretch-index.js";

/** Bytes of one instruction of a patch: a position and a length. */
const INSTRUCTION = 12;

/**
 * Returns the bytes of a patch that makes `next` of `old`: what is not copied from `old`, and the
 * copy instructions. It is the size of a patch without compression, which stored blocks no longer
 * yield to. What lies between chunks that both have is looked up in stretches of 256 bytes, among
 * the old bytes that are in no such chunk.
 * @param copies chunks of `next` that `old` has, in order; see `ChunkIndex`.
 */
export function patchBytes(old: Content, next: Content, copies: readonly Copy[]): number {
	const runs = joinCopies(copies);
	const index = new StretchIndex(old, uncovered(runs, old.size));
	const target = new PagedContent(next);
	let bytes = INSTRUCTION * runs.length;
	for (let i = 0; i <= runs.length; i++) {
		const [before, after] = [runs[i - 1], runs[i]];
		let start = before ? before.at + before.length : 0;
		let end = after?.at ?? next.size;
		if (before) start += index.equalAfter(before.position + before.length, target, start, end);
		if (after) end -= index.equalBefore(after.position, target, end, start);
		bytes += gapBytes(index, target, { start, end });
	}
	return bytes;
}

type Run = Pick<Copy, "at" | "position" | "length">;

/** Makes one of copies that follow each other on both sides; short ones, at the ends of contents, are left out. */
function joinCopies(copies: readonly Copy[]): Run[] {
	const runs: { at: number; position: number; length: number }[] = [];
	for (const { at, position, length } of copies) {
		const last = runs.at(-1);
		const follows =
			last !== undefined && last.at + last.length === at && last.position + last.length === position;
		if (follows) last.length += length;
		else runs.push({ at, position, length });
	}
	return runs.filter(({ length }) => length >= STRETCH);
}

/** Returns the parts of the old content that no run copies. */
function uncovered(runs: readonly Run[], size: number): Range[] {
	const ranges: Range[] = [];
	let start = 0;
	for (const { position, length } of runs.toSorted((a, b) => a.position - b.position)) {
		if (position > start) ranges.push({ start, end: position });
		start = Math.max(start, position + length);
	}
	return [...ranges, { start, end: size }];
}

/** Returns the bytes of a patch that makes the part `gap` of the new content. */
function gapBytes(index: StretchIndex, target: PagedContent, gap: Range): number {
	let [bytes, at, literalStart] = [0, gap.start, gap.start];
	while (at + STRETCH <= gap.end) {
		at = findCandidate(index, target, { start: at, end: gap.end });
		if (at + STRETCH > gap.end) break;
		const within = { start: literalStart, end: gap.end };
		const match = index.find(hashOf(target, at), target, at, within);
		if (match === undefined) {
			at++;
			continue;
		}
		bytes += match.start - literalStart + INSTRUCTION;
		at = literalStart = match.end;
	}
	return bytes + gap.end - literalStart;
}

/** Returns the first position of a range whose stretch may be in the index; its end where there is none. */
function findCandidate(index: StretchIndex, target: PagedContent, { start, end }: Range): number {
	let position = start;
	let state = hashOf(target, position);
	const last = end - STRETCH;
	while (!index.mayHave(state)) {
		if (position >= last) return end;
		// As far as neither end of the stretch leaves its page.
		const [first, next] = [target.span(position), target.span(position + STRETCH)];
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
