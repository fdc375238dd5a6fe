import { hash } from "node:crypto";
import type { Content } from "../../ground/bytes/index.js";
import { RAW_DATA_BLOCK } from "../../squashfs/format/index.js";
import type {
	ImageEntry,
	SquashfsImage,
	StoredContent,
	StoredExtent,
	StoredFragment,
} from "../../squashfs/read/index.js";

import { EqualRuns, type Run } from "./equal-runs.js";

/** An open image, and the content that holds it. */
export interface OpenedImage {
	readonly image: SquashfsImage;
	readonly content: Content;
}

/** A file of an image, without its name, because many are kept for two images. */
export interface SeenFile {
	/** Index of its name in the image. */
	readonly index: number;
	readonly attributes: ImageEntry["attributes"];
	readonly content: StoredContent;
}

/** The parts of two files that have to be expanded to be compared; empty if all bytes are stored equally. */
export interface UnequalParts {
	/** Indexes of blocks. */
	readonly blocks: readonly number[];
	/** Whether the tail, which lies in a fragment block, is such a part. */
	readonly tail: boolean;
}

/** Bytes of a sample. It is the end of a block, because the beginning is often equal to that of another block. */
const SAMPLE_BYTES = 1024;
/** Most stored bytes of a file that are compared at once. */
const COMPARED_AT_ONCE = 1 << 18;

/** Compares files of two images by their stored bytes. Files that are stored equally are equal, without expanding. */
export class StoredComparison {
	readonly #old: OpenedImage;
	readonly #new: OpenedImage;
	/** Whether both images use the same compressor. */
	readonly #sameCompressor: boolean;
	readonly #blockSize: number;
	/** For each fragment block of the new image, the old image's block with equal stored bytes. */
	readonly #fragments: readonly (number | undefined)[];
	readonly #buffers: readonly [Buffer, Buffer];
	readonly #runs: EqualRuns = new EqualRuns();

	constructor(before: OpenedImage, after: OpenedImage) {
		this.#old = before;
		this.#new = after;
		this.#sameCompressor = before.image.compressor === after.image.compressor;
		this.#blockSize = after.image.superblock.blockSize;
		const room = Math.max(this.#blockSize, COMPARED_AT_ONCE);
		this.#buffers = [Buffer.allocUnsafeSlow(room), Buffer.allocUnsafeSlow(room)];
		this.#fragments = this.#sameCompressor ? this.#equalFragments() : [];
	}

	/** Compares two files of equal size. @returns undefined if they have different blocks or tails by size. */
	compare(a: StoredExtent, b: StoredExtent): UnequalParts | undefined {
		const isCutEqually =
			this.#old.image.superblock.blockSize === this.#blockSize &&
			a.words.length === b.words.length &&
			(a.tail?.size ?? 0) === (b.tail?.size ?? 0);
		return isCutEqually ? { blocks: this.#unequalBlocks(a, b), tail: !this.#tailsEqual(a, b) } : undefined;
	}

	/** Returns the bytes that were found to be equal, in the order of the new image. */
	runs(): Run[] {
		return this.#runs.sorted();
	}

	#tailsEqual({ tail: a }: StoredExtent, { tail: b }: StoredExtent): boolean {
		if (a === undefined || b === undefined || a.size === 0) return true;
		return a.offset === b.offset && this.#fragments[b.fragment] === a.fragment;
	}

	#unequalBlocks(a: StoredExtent, b: StoredExtent): number[] {
		// Usually all blocks are stored equally and next to each other, so that one comparison covers them all.
		const isWhole = this.#sameCompressor && a.length <= COMPARED_AT_ONCE && sameWords(a.words, b.words);
		if (isWhole && this.#bytesEqual(a.start, b.start, a.length)) return [];
		const unequal: number[] = [];
		let [x, y] = [a.start, b.start];
		for (let i = 0; i < a.words.length; i++) {
			const [left, right] = [a.words[i]!, b.words[i]!];
			const length = left & (RAW_DATA_BLOCK - 1);
			const isComparable = left === right && (this.#sameCompressor || length === 0);
			if (!isComparable || !this.#bytesEqual(x, y, length)) unequal.push(i);
			x += length;
			y += right & (RAW_DATA_BLOCK - 1);
		}
		return unequal;
	}

	#bytesEqual(old: number, next: number, length: number): boolean {
		const isInside = old + length <= this.#old.content.size && next + length <= this.#new.content.size;
		if (!isInside || length > this.#buffers[0].length) return false;
		const [a, b] = this.#buffers.map((buffer) => buffer.subarray(0, length)) as [Buffer, Buffer];
		this.#old.content.read(a, old);
		this.#new.content.read(b, next);
		if (!a.equals(b)) return false;
		this.#runs.add(old, next, length);
		return true;
	}

	#equalFragments(): (number | undefined)[] {
		const olds = this.#old.image.fragments();
		const known = new Map(olds.map((fragment, i) => [this.#sample(this.#old, fragment), i]));
		return this.#new.image.fragments().map((fragment) => {
			const index = known.get(this.#sample(this.#new, fragment));
			const isEqual =
				index !== undefined && this.#bytesEqual(olds[index]!.start, fragment.start, fragment.length);
			return isEqual ? index : undefined;
		});
	}

	/** Returns a sample of a block. Equal blocks have equal samples, and most other blocks have different ones. */
	#sample({ content }: OpenedImage, { start, length, raw }: StoredFragment): string {
		const bytes = this.#buffers[0].subarray(0, Math.min(length, SAMPLE_BYTES));
		if (start + length > content.size) return `outside ${start}`;
		content.read(bytes, start + length - bytes.length);
		return `${raw} ${length} ${hash("sha256", bytes, "base64")}`;
	}
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
	return a.length === b.length && a.every((word, i) => word === b[i]);
}
