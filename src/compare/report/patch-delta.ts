import type { Content } from "../../ground/bytes/index.js";
import type { Run } from "./equal-runs.js";
import { PagedContent } from "./paged-content.js";
import { hashOf, STRETCH } from "./rolling-hash.js";
import { type Range, StretchIndex } from "./stretch-index.js";
import { Turns } from "./turns.js";

/** Bytes of one instruction of a patch: a position and a length. */
const INSTRUCTION = 12;

/**
 * Returns the size of a patch that makes `next` from `old`: the bytes that are not copied from `old`, and the
 * copy instructions. The patch is not compressed, as stored blocks are compressed already. Between the known
 * runs, stretches of 256 bytes are looked up among the old bytes that are in no known run.
 * @param known in the order of `next`, without overlaps there. See `ChunkIndex` and `EqualRuns`.
 */
export async function patchBytes(old: Content, next: Content, known: readonly Run[]): Promise<number> {
	// Short runs, at the ends of contents, cost more than they save.
	const runs = known.filter(({ length }) => length >= STRETCH);
	const index = new StretchIndex(old, uncovered(runs, old.size));
	const target = new PagedContent(next);
	const turns = new Turns();
	let bytes = INSTRUCTION * runs.length;
	for (let i = 0; i <= runs.length; i++) {
		const [before, after] = [runs[i - 1], runs[i]];
		let start = before ? before.at + before.length : 0;
		let end = after?.at ?? next.size;
		if (before) start += index.equalAfter(before.position + before.length, target, start, end);
		if (after) end -= index.equalBefore(after.position, target, end, start);
		bytes += gapBytes(index, target, { start, end });
		if (turns.isOver(end - start)) await turns.next();
	}
	return bytes;
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

/** Returns the size of a patch that makes the part `gap` of the new content. */
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

/** Returns the first position of a range whose stretch may be in the index, or the end of the range. */
function findCandidate(index: StretchIndex, target: PagedContent, { start, end }: Range): number {
	let position = start;
	let state = hashOf(target, position);
	const last = end - STRETCH;
	for (;;) {
		// This loop goes as far as both ends of the stretch stay in their pages.
		const first = target.span(position);
		const next = position < last ? target.span(position + STRETCH) : first;
		const count = Math.min(first.length, next.length, last - position);
		const rolled = index.rollToCandidate(state, first, next, count);
		position += rolled.done;
		state = rolled.state;
		if (rolled.isCandidate) return position;
		if (position >= last) return end;
	}
}
