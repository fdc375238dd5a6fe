import { contentSlice } from "../../ground/files/index.js";
import { firstDifference } from "../repro/index.js";
import { withPools } from "./expand-pools.js";
import { digestParts } from "./part-digests.js";
import type { OpenedImage, SeenFile, UnequalParts } from "./stored-comparison.js";
import { TailComparison } from "./tail-comparison.js";

/** Two files of equal size and name whose stored bytes differ. */
export interface DoubtfulPair {
	readonly old: SeenFile;
	readonly new: SeenFile;
	/** The parts that have to be expanded to compare the files; `all` if their blocks have different sizes. */
	readonly parts: UnequalParts | "all";
}

/** Returns the pairs whose contents are equal. @throws SquashfsError for damaged blocks. */
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
		// Usually the first block that is stored differently also differs. Then the others need not be expanded.
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

/** Returns whether two files of equal size have the same bytes from `start` to `start + size`, or to their end. */
function samePart(a: SeenFile, b: SeenFile, start: number, size: number): boolean {
	const length = Math.min(size, a.content.size - start);
	const [left, right] = [contentSlice(a.content, start, length), contentSlice(b.content, start, length)];
	return firstDifference(left, right) === undefined;
}
