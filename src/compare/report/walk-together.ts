import type { ByteString } from "../../ground/bytes/index.js";
import type { ImageEntry } from "../../squashfs/read/index.js";

/** The entries of two images under one name. At least one of them exists. */
export interface NamePair {
	readonly old: ImageEntry | undefined;
	readonly new: ImageEntry | undefined;
}

/**
 * Walks two images side by side, and yields each name once. Both list their names in the same order, so that
 * nothing has to be kept.
 * @param before in the order of `SquashfsImage.entries`, as is `after`.
 */
export function* walkTogether(
	before: Iterable<ImageEntry>,
	after: Iterable<ImageEntry>,
): Generator<NamePair> {
	const [olds, news] = [before[Symbol.iterator](), after[Symbol.iterator]()];
	let [a, b] = [olds.next(), news.next()];
	while (!a.done || !b.done) {
		const order = a.done ? 1 : b.done ? -1 : walkOrder(a.value.path, b.value.path);
		yield { old: order <= 0 ? a.value : undefined, new: order >= 0 ? b.value : undefined };
		if (order <= 0) a = olds.next();
		if (order >= 0) b = news.next();
	}
}

/** Returns which of two paths a walk meets first: negative for `a`. The contents of a directory follow it at once. */
function walkOrder(a: ByteString, b: ByteString): number {
	if (a === b) return 0;
	let same = 0;
	while (same < a.length && same < b.length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
	return rankAt(a, same) - rankAt(b, same);
}

/** Ranks the end of a path first, then the slash before its members, then all bytes of names. */
function rankAt(path: ByteString, position: number): number {
	if (position === path.length) return -1;
	return path[position] === "/" ? 0 : path.charCodeAt(position);
}
