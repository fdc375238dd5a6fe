import { hash } from "node:crypto";
import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import type { SquashfsImage, StoredExtent } from "../../squashfs/read/index.js";
import { firstDifference } from "../repro/index.js";
import type { WeighedEntry } from "./image-account.js";

/** An image that is open, and the bytes it lies in. */
export interface OpenedImage {
	readonly image: SquashfsImage;
	readonly content: Content;
}

/** Tells whether files of two images have equal contents, mostly without decompressing them. */
export class ContentComparison {
	readonly #old: OpenedImage;
	readonly #new: OpenedImage;
	/** Equal stored bytes are equal contents: both images store in the same way. */
	readonly #comparable: boolean;
	/** By fragment block of the new image: the old image's block of the same stored bytes. */
	readonly #fragments: readonly (number | undefined)[];

	constructor(before: OpenedImage, after: OpenedImage) {
		this.#old = before;
		this.#new = after;
		this.#comparable =
			before.image.compressor === after.image.compressor &&
			before.image.superblock.blockSize === after.image.superblock.blockSize;
		this.#fragments = this.#comparable ? equalFragments(before, after) : [];
	}

	/** Returns whether the stored bytes show that two files are equal; false when it is not known. */
	storedEqually(before: WeighedEntry, after: WeighedEntry): boolean {
		const [a, b] = [before.extent, after.extent];
		if (!this.#comparable || a === undefined || b === undefined) return false;
		return this.#tailsEqual(a, b) && this.#blocksEqual(a, b);
	}

	#tailsEqual({ tail: a }: StoredExtent, { tail: b }: StoredExtent): boolean {
		if (a === undefined || b === undefined) return a === b;
		return a.size === b.size && a.offset === b.offset && this.#fragments[b.fragment] === a.fragment;
	}

	#blocksEqual(a: StoredExtent, b: StoredExtent): boolean {
		if (a.length !== b.length || Buffer.compare(asBytes(a.words), asBytes(b.words)) !== 0) return false;
		return contentsEqual(
			contentSlice(this.#old.content, a.start, a.length),
			contentSlice(this.#new.content, b.start, b.length),
		);
	}
}

/** Returns whether two contents are equal. */
export function contentsEqual(a: Content, b: Content): boolean {
	return a.size === b.size && firstDifference(a, b) === undefined;
}

function asBytes(words: Uint32Array): Uint8Array {
	return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function equalFragments(before: OpenedImage, after: OpenedImage): (number | undefined)[] {
	const known = new Map(fragmentDigests(before).map((digest, index) => [digest, index]));
	return fragmentDigests(after).map((digest) => known.get(digest));
}

function fragmentDigests({ image, content }: OpenedImage): string[] {
	return image.fragments().map(({ start, length, raw }) => {
		if (start + length > content.size) return `outside ${start}`;
		return `${raw} ${hash("sha256", contentBytes(contentSlice(content, start, length)), "hex")}`;
	});
}
