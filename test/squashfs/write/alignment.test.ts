import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlockBytes } from "../../../src/compare/report/block-delta.js";
import { weighImage } from "../../../src/compare/report/weighing.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { type Alignment, parseAlignment, SquashfsError } from "../../../src/squashfs/format/index.js";
import { openImage } from "../../../src/squashfs/read/index.js";
import { directory, file, noise, zeros } from "../../support/inodes.js";
import { expectedListing } from "../../support/kernel.js";
import { randomTree } from "../../support/random-tree.js";
import { imageBytes, treeOf } from "../../support/squashfs-images.js";

const BLOCK = { blockSize: 4096 };
const aligned = (minimum = 0): { alignment: Alignment } => ({ alignment: { multiple: 4096, minimum } });

/** Where the data of each file begins, and each fragment block. */
function startsOf(bytes: Uint8Array): number[] {
	const image = openImage(bufferContent(bytes));
	const files = [...image.entries()].flatMap((entry) => {
		const extent = entry.kind === "file" ? entry.content.stored() : undefined;
		return extent && extent.length > 0 ? [extent.start] : [];
	});
	return [...files, ...image.fragments().map(({ start }) => start)];
}

const mixed = () => ({
	root: directory({
		a: file(noise(9000, 1)),
		b: file(noise(4096, 2)),
		// Its first block is a hole: the one after it is the first that has bytes.
		c: file(Buffer.concat([Buffer.alloc(4096), noise(5000, 3)])),
		d: file("a tail"),
		e: file(zeros(8192)),
	}),
});

test("the data of every file and every fragment block begins at a multiple", async () => {
	const starts = startsOf(await imageBytes(mixed(), { ...BLOCK, ...aligned() }));
	expect(starts.length).toBeGreaterThan(4);
	expect(starts.filter((start) => start % 4096 !== 0)).toEqual([]);
	const anywhere = startsOf(await imageBytes(mixed(), BLOCK));
	expect(anywhere.filter((start) => start % 4096 !== 0)).not.toEqual([]);
});

test("blocks of a file stay adjacent, and gaps are zeros", async () => {
	const bytes = await imageBytes(mixed(), { ...BLOCK, ...aligned(), rawData: true, rawFragments: true });
	const image = openImage(bufferContent(bytes));
	const { account, files } = weighImage({ image, content: bufferContent(bytes) });
	expect(account.rows.find(({ name }) => name === "gaps")?.bytes).toBeGreaterThanOrEqual(4000);
	const a = [...image.entries()].find(({ path }) => path === "a")!;
	const { start } = a.kind === "file" ? a.content.stored() : { start: 0 };
	expect(bytes.subarray(start, start + 8192).equals(noise(9000, 1).subarray(0, 8192))).toBe(true);
	expect(files().find(({ path }) => path === "a")?.stored).toBe(9000);
	// The options of gzip take 10 bytes after the superblock.
	expect(bytes.subarray(96 + 10, 4096).every((byte) => byte === 0)).toBe(true);
});

test("what is stored in less than the minimum is not aligned", async () => {
	const tree = { root: directory({ a: file(noise(4096, 1)), b: file(Buffer.alloc(4096, "text ")) }) };
	const starts = startsOf(await imageBytes(tree, { ...BLOCK, ...aligned(1000) }));
	expect(starts.map((start) => start % 4096 === 0)).toEqual([true, true]);
	const [, small] = startsOf(
		await imageBytes(
			{ root: directory({ a: file(noise(5000, 1)), b: file(Buffer.alloc(4096, "text ")) }) },
			{ ...BLOCK, ...aligned(1000), fragments: "none" },
		),
	);
	expect(small! % 4096).not.toBe(0);
});

test("any tree is the same, aligned or not", async () => {
	await fc.assert(
		fc.asyncProperty(randomTree, fc.constantFrom(512, 4096, 1 << 16), async (tree, multiple) => {
			const options = { ...BLOCK, alignment: { multiple, minimum: 0 } };
			const bytes = await imageBytes(tree, options);
			expect(expectedListing(treeOf(bytes))).toEqual(expectedListing(treeOf(await imageBytes(tree, BLOCK))));
			expect((await imageBytes(tree, options)).equals(bytes)).toBe(true);
			expect(startsOf(bytes).filter((start) => start % multiple !== 0)).toEqual([]);
		}),
		{ numRuns: 30 },
	);
});

test("a longer file leaves the pages of the others as they are", async () => {
	const tree = (first: number) => {
		const others = Array.from({ length: 30 }, (_, i) => [`f${i}`, file(noise(20_000 + 37 * i, i + 1))]);
		return { root: directory({ a: file(noise(first, 99)), ...Object.fromEntries(others) }) };
	};
	const cost = async (options: object) => {
		const [old, next] = [await imageBytes(tree(9000), options), await imageBytes(tree(9100), options)];
		return (await newBlockBytes([bufferContent(old)], [bufferContent(next)])) / next.length;
	};
	const raw = { rawData: true, rawFragments: true, fragments: "none" as const };
	expect(await cost(raw)).toBeGreaterThan(0.9);
	expect(await cost({ ...raw, ...aligned() })).toBeLessThan(0.05);
});

describe("an alignment is read", () => {
	test.each([
		["4096", { multiple: 4096, minimum: 0 }],
		["4096,32K", { multiple: 4096, minimum: 32_768 }],
		["1048576,1", { multiple: 1 << 20, minimum: 1 }],
	])("%s", (text, expected) => {
		expect(parseAlignment(text)).toEqual(expected);
	});

	test.each(["", "4095", "256", "2097152", "4096,", "4096,x", "4K", "-4096"])("%s is refused", (text) => {
		expect(() => parseAlignment(text)).toThrow(SquashfsError);
	});

	test("of the library's options, too", async () => {
		const wrong = { alignment: { multiple: 3000, minimum: 0 } };
		await expect(imageBytes(mixed(), wrong)).rejects.toThrow(
			"expected a power of two from 512 to 1048576, got 3000",
		);
	});
});
