import fc from "fast-check";
import { expect, test } from "vitest";
import { type WeighedImage, weighImage } from "../../../src/compare/report/weighing.js";
import { type ImageOptions, openImage } from "../../../src/doors/squashfs.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import type { RootfsTree } from "../../../src/image/rootfs/index.js";
import { directory, file, noise, zeros } from "../../support/inodes.js";
import { randomTree } from "../../support/random-tree.js";
import { imageBytes } from "../../support/squashfs-images.js";

function weigh(bytes: Buffer): WeighedImage {
	const content = bufferContent(bytes);
	return weighImage({ image: openImage(content), content });
}

const account = async (tree: RootfsTree, options: Partial<ImageOptions> = {}): Promise<WeighedImage> =>
	weigh(await imageBytes(tree, options));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Path, size and stored bytes of every file. */
const filesOf = ({ files }: WeighedImage) => files().map(({ path, size, stored }) => [path, size, stored]);

function expectWhole({ account: { rows, stored, size }, content, files }: WeighedImage): void {
	expect(size).toBe(content.size);
	expect(sum(rows.map(({ bytes }) => bytes))).toBe(size);
	expect(sum(stored)).toBe(rows.find(({ name }) => name === "files")?.bytes);
	expect(sum(files().map((file) => file.stored))).toBe(sum(stored));
}

test("the rows of any image add up to its size", async () => {
	const options = fc.record({
		blockSize: fc.constantFrom(4096, 131_072),
		fragments: fc.constantFrom("small" as const, "always" as const, "none" as const),
		exportable: fc.boolean(),
		duplicates: fc.boolean(),
		pad: fc.boolean(),
	});
	await fc.assert(
		fc.asyncProperty(randomTree, options, async (tree, chosen) => {
			const result = await account(tree, chosen);
			expectWhole(result);
			expect(result.account.rows.map(({ name }) => name)).not.toContain("gaps");
		}),
		{ numRuns: 40 },
	);
});

test("a file weighs its blocks, and its share of a fragment block by bytes", async () => {
	const tree = {
		root: directory({ a: file(noise(4096 + 300, 1)), b: file(noise(100, 2)), z: file(zeros(8192)) }),
	};
	const result = await account(tree, { blockSize: 4096, rawData: true, rawFragments: true });
	expectWhole(result);
	expect(filesOf(result)).toEqual([
		["a", 4396, 4396],
		["b", 100, 100],
		["z", 8192, 0],
	]);
});

test("what is stored once is charged to its first name", async () => {
	const linked = file("linked to");
	const tree = { root: directory({ a: file("twice"), b: file("twice"), c: linked, d: linked, e: file("") }) };
	const result = await account(tree, { rawFragments: true });
	expectWhole(result);
	expect(filesOf(result)).toEqual([
		["a", 5, 5],
		["b", 5, 0],
		["c", 9, 9],
		["d", 9, 0],
		["e", 0, 0],
	]);
});

test("no byte of a fragment block is lost to rounding", async () => {
	const names = Array.from({ length: 97 }, (_, i) => [`f${i}`, file(noise(1 + (i % 7), i + 1))]);
	expectWhole(await account({ root: directory(Object.fromEntries(names)) }));
});

test("bytes that nothing leads to are a row of their own", async () => {
	const image = await imageBytes({ root: directory({ a: file(noise(5000, 1)) }) }, { blockSize: 4096 });
	const longer = Buffer.concat([image, Buffer.alloc(100)]);
	const result = weigh(longer);
	expectWhole(result);
	expect(result.account.rows.find(({ name }) => name === "padding")?.bytes).toBeGreaterThan(99);
});

test("a damaged image is accounted to the byte, or refused", async () => {
	const tree = {
		root: directory({ a: file(noise(9000, 1)), b: file("tail"), c: directory({ d: file("other") }) }),
	};
	const image = await imageBytes(tree, { blockSize: 4096, rawInodes: true, rawXattrs: true });
	const start = Number(image.readBigUInt64LE(64));
	fc.assert(
		fc.property(fc.integer({ min: start, max: image.length - 1 }), fc.nat(255), (position, value) => {
			const changed = Buffer.from(image);
			changed[position] = value;
			try {
				expectWhole(weigh(changed));
			} catch (error) {
				expect((error as { code?: string }).code).toMatch(/^ERR_SQUASHFS_/);
			}
		}),
		{ numRuns: 300 },
	);
});

test("lists of blocks that overlap are refused, instead of read again and again", async () => {
	const names = Array.from({ length: 300 }, (_, i) => [
		`f${String(i).padStart(3, "0")}`,
		file(noise(4096, i + 1)),
	]);
	const image = await imageBytes(
		{ root: directory(Object.fromEntries(names)) },
		{ blockSize: 4096, rawInodes: true, fragments: "none" },
	);
	const inodes = Number(image.readBigUInt64LE(64)) + 2;
	// A basic file inode has 32 bytes and a word: each says that its list reaches through the others.
	for (let i = 0; i < 200; i++) image.writeUInt32LE(4096 * 600, inodes + 36 * i + 28);
	expect(() => weigh(image)).toThrow("lists of blocks overlap");
});
