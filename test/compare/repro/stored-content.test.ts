import { expect, test } from "vitest";
import { ContentComparison } from "../../../src/compare/repro/stored-content.js";
import type { StoredContent, StoredExtent } from "../../../src/squashfs/read/index.js";

const BLOCK = 4096;

/** A file of an image by its words; every stored byte is `value`. Counts what is read. */
class Stored implements StoredContent {
	readBytes = 0;
	readonly #extent: StoredExtent;

	readonly size: number;
	readonly value: number;

	constructor(
		size: number,
		words: readonly number[] | Uint32Array,
		{ start = 96, value = 7, tail }: { start?: number; value?: number; tail?: StoredExtent["tail"] } = {},
	) {
		this.size = size;
		this.#extent = { start, length: 0, words: Uint32Array.from(words), tail };
		this.value = value;
	}

	read(target: Uint8Array): void {
		this.readBytes += target.length;
		target.fill(this.value);
	}

	stored(): StoredExtent {
		return this.#extent;
	}

	check(): number {
		return 0;
	}
}

test("holes of both are not read, however large the file claims to be", () => {
	const words = new Uint32Array(1 << 20);
	const [a, b] = [new Stored(BLOCK * words.length, words), new Stored(BLOCK * words.length, words)];
	expect(new ContentComparison(BLOCK).first(a, b)).toBeUndefined();
	expect(a.readBytes + b.readBytes).toBe(0);
});

test("blocks and tails that many files share are read once", () => {
	const contents = new ContentComparison(BLOCK);
	const tail = { fragment: 0, offset: 5, size: 10 };
	let total = 0;
	for (let i = 0; i < 1000; i++) {
		const [a, b] = [new Stored(BLOCK + 10, [100], { tail }), new Stored(BLOCK + 10, [200], { tail })];
		expect(contents.first(a, b)).toBeUndefined();
		total += a.readBytes;
	}
	expect(total).toBe(BLOCK + 10);
});

test("the first byte that differs is found in blocks, tails and at the end of the shorter one", () => {
	const contents = new ContentComparison(BLOCK);
	const file = (size: number, words: readonly number[], value = 7) => new Stored(size, words, { value });
	expect(contents.first(file(BLOCK * 2, [0, 9]), file(BLOCK * 2, [0, 9], 8))).toBe(BLOCK);
	expect(contents.first(file(BLOCK + 3, [0]), file(BLOCK + 3, [0], 8))).toBe(BLOCK);
	expect(contents.first(file(BLOCK, [9]), file(BLOCK * 2, [9, 9]))).toBe(BLOCK);
	expect(contents.first(file(0, []), file(0, []))).toBeUndefined();
});
