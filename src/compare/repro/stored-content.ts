import { contentSlice } from "../../ground/files/index.js";
import type { StoredContent } from "../../squashfs/read/index.js";
import { firstDifference } from "./bytes.js";

/**
 * Compares contents of files of two images that have the same block size. Blocks that were found to be equal are
 * not read again, however many files share them, and holes in both are not read at all. So the work depends on
 * the stored bytes, not on the sizes that an image claims.
 */
export class ContentComparison {
	readonly #blockSize: number;
	/** Pairs of blocks and of tails that are equal, by their places in the two images. */
	readonly #equal: Set<string> = new Set();

	constructor(blockSize: number) {
		this.#blockSize = blockSize;
	}

	/**
	 * Returns the first byte in which two contents differ, undefined if they are equal. A shorter one differs at
	 * its end.
	 */
	first(a: StoredContent, b: StoredContent): number | undefined {
		const shared = Math.min(a.size, b.size);
		const [p, q] = [a.stored(), b.stored()];
		const blocks = Math.floor(shared / this.#blockSize);
		let [x, y] = [p.start, q.start];
		for (let i = 0; i < blocks; i++) {
			const [word, other] = [p.words[i]!, q.words[i]!];
			const isHole = word === 0 && other === 0;
			const name = `${x}:${word} ${y}:${other}`;
			const found = isHole ? undefined : this.#range(a, b, i * this.#blockSize, this.#blockSize, name);
			if (found !== undefined) return found;
			x += word & LENGTH;
			y += other & LENGTH;
		}
		const rest = shared - blocks * this.#blockSize;
		const ends = [p, q].map(({ tail }) => tail && `${tail.fragment}:${tail.offset}`);
		const name = ends.every((end) => end !== undefined) ? `${rest} ${ends.join(" ")}` : undefined;
		const found = this.#range(a, b, blocks * this.#blockSize, rest, name);
		return found ?? (a.size === b.size ? undefined : shared);
	}

	#range(a: StoredContent, b: StoredContent, at: number, length: number, name?: string): number | undefined {
		if (name !== undefined && this.#equal.has(name)) return undefined;
		const found = firstDifference(contentSlice(a, at, length), contentSlice(b, at, length));
		if (found !== undefined) return at + found;
		if (name !== undefined) this.#equal.add(name);
		return undefined;
	}
}

/** Mask for the stored bytes in the word of a block. The bit above it means that they are not compressed. */
const LENGTH: number = (1 << 24) - 1;
