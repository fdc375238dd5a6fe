import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CompressorOptions } from "../../../src/codec/index.js";
import { bufferContent, utf8ByteString } from "../../../src/ground/bytes/index.js";
import type { Inode, RootfsTree } from "../../../src/image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../../../src/squashfs/format/index.js";
import { checkImage } from "../../../src/squashfs/kernel/index.js";
import { writeStructure } from "../../../src/squashfs/write/writer.js";
import { adjacencyBreaches } from "../../support/image-arithmetic.js";
import { directory, file, ipc, symlink } from "../../support/inodes.js";
import { expectedListing } from "../../support/kernel.js";
import { LIMIT_TREES } from "../../support/limit-trees.js";
import { MemoryImage } from "../../support/memory-image.js";
import { randomTree } from "../../support/random-tree.js";
import { imageBytes, treeOf } from "../../support/squashfs-images.js";
import { listTree } from "../../support/tree-listing.js";

interface Shape {
	readonly folders: number;
	readonly files: number;
	readonly nameLength: number;
	readonly ids: number;
	readonly sets: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
	folders: fc.integer({ min: 0, max: 20 }),
	files: fc.integer({ min: 0, max: 400 }),
	nameLength: fc.integer({ min: 5, max: 250 }),
	ids: fc.integer({ min: 1, max: 5000 }),
	sets: fc.integer({ min: 0, max: 1500 }),
});

/** Enough of everything to fill several blocks of any table. */
function shapedTree({ folders, files, nameLength, ids, sets }: Shape): RootfsTree {
	const root = directory({});
	let made = 0;
	const name = (i: number) => utf8ByteString(String(i).padStart(nameLength, "n"));
	const add = (folder: Map<ReturnType<typeof name>, Inode>): void => {
		for (let i = 0; i < files; i++, made++) {
			const xattrs = made < sets ? { "user.k": Buffer.from(String(made)) } : {};
			const values = { uid: made % ids, gid: Math.imul(made, 0x10001) >>> 0, xattrs };
			folder.set(name(i), made % 3 === 0 ? symlink("to", values) : file(String(made % 5), values));
		}
	};
	add(root.entries);
	for (let i = 0; i < folders; i++) {
		const folder = directory({});
		add(folder.entries);
		root.entries.set(utf8ByteString(`folder-${i}`), folder);
	}
	return { root };
}

const options: fc.Arbitrary<Partial<ImageOptions>> = fc.record({
	exportable: fc.boolean(),
	xattrs: fc.boolean(),
	rawInodes: fc.boolean(),
	rawXattrs: fc.boolean(),
	fragments: fc.constantFrom("small" as const, "always" as const, "none" as const),
	pad: fc.boolean(),
});

// docs/formats/squashfs.md#superblock
test("each table ends where readers take its end to be", async () => {
	await fc.assert(
		fc.asyncProperty(shape, options, async (values, changed) => {
			const image = await imageBytes(shapedTree(values), changed);
			expect(adjacencyBreaches(image)).toEqual([]);
			const { findings } = await checkImage(bufferContent(padded(image)), "image");
			expect(findings).toEqual([]);
			if (changed.pad) expect(image.length % 4096).toBe(0);
		}),
		{ numRuns: 15, seed: 1 },
	);
});

test.each<CompressorOptions>([
	{ name: "gzip", level: 9, windowLog: 15 },
	{ name: "xz", tier: "fast" },
	{ name: "zstd", level: 15 },
	{ name: "lz4", highCompression: true },
	{ name: "lz4", highCompression: false },
])("no full block of ids is stored raw: $name", async (compressor) => {
	// What lz4 cannot compress, and what nothing can.
	for (const id of [(i: number) => i, (i: number) => Math.imul(i, 0x9e3779b1) >>> 0]) {
		const crowd = Array.from({ length: 4500 }, (_, i) => [`${i}`, ipc("fifo", { uid: id(i) })]);
		const tree = { root: directory(Object.fromEntries(crowd)) };
		const image = await imageBytes(tree, { compressor });
		expect(adjacencyBreaches(image)).toEqual([]);
		expect(digest(expectedListing(treeOf(image)))).toBe(digest(expectedListing(tree)));
	}
});

test("small trees of all kinds come back as they were", async () => {
	await fc.assert(
		fc.asyncProperty(randomTree, async (tree) => {
			const image = await imageBytes(tree);
			expect(adjacencyBreaches(image)).toEqual([]);
			expect(listTree(treeOf(image))).toEqual(listTree(tree));
		}),
		{ numRuns: 100 },
	);
});

describe("at the limits", () => {
	test.each(LIMIT_TREES)("$name", async ({ make, options }) => {
		const tree = make();
		const image = await imageBytes(tree, options);
		expect(adjacencyBreaches(image)).toEqual([]);
		expect(digest(expectedListing(treeOf(image)))).toBe(digest(expectedListing(tree)));
	});
});

function digest(lines: readonly string[]): string {
	return createHash("sha256").update(lines.join("\n")).digest("hex");
}

// Issue 115 of squashfs-tools, and the kernels of docs/formats/devices.md#kernels-and-squashfs.
test("no xattr table without xattrs, and a place for the table of no fragments", async () => {
	const image = await imageBytes({ root: directory({ f: file("") }) });
	expect(image.readBigUInt64LE(56)).toBe(0xffffffffffffffffn);
	expect(image.readUInt16LE(24) & 0x200).toBe(0x200);
	expect(image.readUInt32LE(16)).toBe(0);
	expect(Number(image.readBigUInt64LE(80))).toBeLessThan(image.length);
});

/** What of an image is stored raw: the first block of each of its tables. */
function rawTables(image: Buffer): string[] {
	const at = (position: number) => Number(image.readBigUInt64LE(position));
	const firsts = { inodes: at(64), directories: at(72), fragments: at(at(80)) };
	const xattrs = at(56) < image.length ? { xattrs: at(at(56)) } : {};
	const blocks = Object.entries({ ...firsts, ...xattrs });
	return blocks.filter(([, first]) => (image.readUInt16LE(first) & 0x8000) !== 0).map(([name]) => name);
}

const USUAL = 0x20 | 0x40 | 0x80;

// docs/formats/squashfs.md#metadata-blocks
test.each<[Partial<ImageOptions>, number, string[]]>([
	[{}, USUAL, []],
	[{ rawInodes: true }, USUAL | 0x1, ["inodes", "directories"]],
	[{ rawXattrs: true }, USUAL | 0x100, ["xattrs"]],
	[{ rawData: true, rawFragments: true }, USUAL | 0x2 | 0x8, []],
	[{ fragments: "small", duplicates: false, exportable: false }, 0, []],
	[{ compressor: { name: "lz4", highCompression: false } }, USUAL | 0x400, []],
	[{ xattrs: false }, USUAL | 0x200, []],
])("flags say what is so: %j", async (changed, flags, raw) => {
	const crowd = Array.from({ length: 200 }, (_, i) => {
		const xattrs = { "user.name": Buffer.from(`value value value ${i}`) };
		return [`name-${i}`, file(`${i}`.repeat(i % 2 === 0 ? 5000 : 500), { xattrs })];
	});
	const compressor: CompressorOptions = { name: "gzip", level: 9, windowLog: 15 };
	const options = { compressor, blockSize: 4096, ...changed };
	const image = await imageBytes({ root: directory(Object.fromEntries(crowd)) }, options);
	expect(image.readUInt16LE(24)).toBe(flags);
	expect(rawTables(image)).toEqual(raw);
});

test("the parent of the root is the inode number after the last", async () => {
	const image = await imageBytes({ root: directory({ a: file("") }) }, { rawInodes: true });
	const inodeTable = Number(image.readBigUInt64LE(64));
	const root = inodeTable + 2 + (Number(image.readBigUInt64LE(32)) & 0xffff);
	expect([image.readUInt16LE(root), image.readUInt32LE(root + 28)]).toEqual([1, 3]);
});

test("the order in which names were added does not count", async () => {
	const names = ["b", "ä", "a.b", "a", "ab"];
	const made = (list: readonly string[]) =>
		imageBytes({
			root: directory(Object.fromEntries(list.map((name) => [name, file(name, { uid: name.length })]))),
		});
	expect(await made(names)).toEqual(await made([...names].reverse()));
});

test("a modification time that has no 32 bits is refused", async () => {
	const tree = { root: directory({}) };
	for (const modificationTime of [2 ** 32, -1, 0.5]) {
		await expect(imageBytes(tree, { modificationTime })).rejects.toThrow("modification time");
	}
});

// Structure alone: the compressor stores everything as it is, no data but what the test places.
test("the bytes of the smallest image", async () => {
	const image = new MemoryImage();
	const tree = { root: directory({}, { mtime: 1, uid: 7, gid: 8 }) };
	await writeStructure(
		tree,
		image,
		{ ...DEFAULT_IMAGE_OPTIONS, modificationTime: 2 },
		{ compress: () => undefined },
		async (_files, _image, position, onLayouts) => {
			await onLayouts(new Map());
			return { files: new Map(), fragments: [], end: position };
		},
	);
	const hex = image.bytes.toString("hex");
	const inode = "0100ed0100000100010000000100000000000000020000000300000002000000";
	const exported = "08800000000000000000" + "8200000000000000";
	const ids = "08800700000008000000" + "9400000000000000";
	expect(hex.slice(192, 192 + 2 * (34 + 18 + 18))).toBe(`2080${inode}${exported}${ids}`);
	expect(hex.slice(0, 192)).toBe(
		"68737173" +
			"01000000" +
			"02000000" +
			"00000200" +
			"00000000" +
			"0400" +
			"1100" +
			"e002" +
			"0200" +
			"04000000" +
			"0000000000000000" +
			"a600000000000000" +
			"9e00000000000000" +
			"ffffffffffffffff" +
			"6000000000000000" +
			"8200000000000000" +
			"8200000000000000" +
			"8c00000000000000",
	);
	expect(image.bytes.length).toBe(4096);
});

/** An image that fills its last sector, whether or not the writer was asked to pad. */
function padded(image: Buffer): Buffer {
	return Buffer.concat([image, Buffer.alloc((4096 - (image.length % 4096)) % 4096)]);
}
