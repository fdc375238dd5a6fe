import type { Content } from "../bytes/index.js";

/** The last bytes of a file (of a small one: all), which share a block with other tails. */
export interface Tail {
	readonly content: Content;
	/** Byte position of the tail in `content`. */
	readonly position: number;
	/** Bytes, below the block size. */
	readonly size: number;
}

/** Tails as they come, each block filled until the next one does not fit. */
export function groupInOrder(tails: readonly Tail[], blockSize: number): readonly (readonly Tail[])[] {
	const groups: Tail[][] = [];
	let filled = blockSize;
	for (const tail of tails) {
		if (filled + tail.size > blockSize) {
			groups.push([]);
			filled = 0;
		}
		groups.at(-1)!.push(tail);
		filled += tail.size;
	}
	return groups;
}
