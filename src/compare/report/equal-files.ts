import { contentSlice } from "../../ground/files/index.js";
import { firstDifference } from "../repro/index.js";
import { withPools } from "./expand-pools.js";
import { digestParts } from "./part-digests.js";
import type { OpenedImage, SeenFile, UnequalParts } from "./stored-comparison.js";
import { TailComparison } from "./tail-comparison.js";

/** Two files of one size and name whose stored bytes differ. */
export interface DoubtfulPair {
	readonly old: SeenFile;
	readonly new: SeenFile;
	/** What has to be expanded to compare them; all where they are cut in different ways. */
	readonly parts: UnequalParts | "all";
}

/** Returns the pairs of equal contents. @throws SquashfsError for damaged blocks. */
export async function findEqualFiles<P extends DoubtfulPair>(
	before: OpenedImage,
	after: OpenedImage,
	doubtful: readonly P[],
): Promise<Set<P>> {
	const equal = new Set<P>();
	const open: { readonly pair: P; readonly parts: UnequalParts }[] = [];
	for (const pair of doubtful) {
		const { old: a, new: b, parts } = pair;
		if (parts === "all") {
			if (samePart(a, b, 0, Number.POSITIVE_INFINITY)) equal.add(pair);
			continue;
		}
		// Mostly the first block that is stored otherwise differs; then the others need not be expanded.
		const { blockSize } = after.image.superblock;
		const [first] = parts.blocks;
		if (first === undefined || samePart(a, b, first * blockSize, blockSize)) open.push({ pair, parts });
	}
	const wanted = (side: "old" | "new") => open.map(({ pair, parts }) => ({ file: pair[side], parts, pair }));
	const tails = new TailComparison<object>(after.image.superblock.blockSize);
	const [olds, news] = await withPools([before, after], (pools) =>
		Promise.all([
			digestParts(before, wanted("old"), tails, pools[0]!),
			digestParts(after, wanted("new"), tails, pools[1]!),
		]),
	);
	for (const { pair } of open) {
		const digest = olds.get(pair.old);
		if (digest !== undefined && digest === news.get(pair.new) && tails.areEqual(pair)) equal.add(pair);
	}
	return equal;
}

/** Returns whether two files of one size have the same `size` bytes from a position on, as far as they go. */
function samePart(a: SeenFile, b: SeenFile, start: number, size: number): boolean {
	const length = Math.min(size, a.content.size - start);
	const [left, right] = [contentSlice(a.content, start, length), contentSlice(b.content, start, length)];
	return firstDifference(left, right) === undefined;
}
