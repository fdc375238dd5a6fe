import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bufferContent, contentBytes } from "../../../src/ground/bytes/index.js";
import type { Inode } from "../../../src/image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS, SquashfsError } from "../../../src/squashfs/format/index.js";
import { decodeReference } from "../../../src/squashfs/format/metadata-writer.js";
import { type ImageEntry, openImage } from "../../../src/squashfs/read/index.js";
import { createDataWriter } from "../../../src/squashfs/write/data-writer.js";
import { writeStructure } from "../../../src/squashfs/write/writer.js";
import { readAll, sampleTree } from "../../support/hostile-images.js";
import { directory, file, noise, symlink, zeros } from "../../support/inodes.js";
import { MemoryImage } from "../../support/memory-image.js";
import { GZIP, imageBytes, treeOf } from "../../support/squashfs-images.js";

const RAW = { rawInodes: true, rawXattrs: true, rawData: true, rawFragments: true };

const entriesOf = (image: Uint8Array): ImageEntry[] => [...openImage(bufferContent(image)).entries()];

function contentOf(image: Uint8Array, path: string) {
	const entry = entriesOf(image).find((found) => found.path === path);
	if (entry?.kind !== "file") throw new Error(`${path} is not a file`);
	return entry.content;
}

test("any stretch of a file is what was written", async () => {
	const body = Buffer.concat([noise(9000, 1), Buffer.alloc(9000), noise(5000, 2), Buffer.alloc(9000, 7)]);
	const image = await imageBytes(
		{ root: directory({ f: file(body), g: file("tail") }) },
		{ blockSize: 4096 },
	);
	const content = contentOf(image, "f");
	expect(content.size).toBe(body.length);
	fc.assert(
		fc.property(fc.nat(body.length), fc.nat(body.length), (a, b) => {
			const [start, end] = [Math.min(a, b), Math.max(a, b)];
			const target = Buffer.alloc(end - start);
			content.read(target, start);
			expect(target.equals(body.subarray(start, end))).toBe(true);
		}),
	);
	expect(() => content.read(new Uint8Array(2), body.length - 1)).toThrow(RangeError);
	expect(() => content.read(new Uint8Array(1), -1)).toThrow(RangeError);
});

test("a file beyond 4 GiB is a list of holes, and no bytes", async () => {
	const size = 2 ** 32 + 4097;
	const image = await imageBytes({ root: directory({ f: file(zeros(size)) }) }, { blockSize: 1 << 20 });
	expect(image.length).toBeLessThan(20_000);
	const content = contentOf(image, "f");
	const target = Buffer.alloc(8192, 1);
	content.read(target, size - 8192);
	expect([content.size, target.equals(Buffer.alloc(8192))]).toEqual([size, true]);
});

test("hard links are one inode", async () => {
	const shared = file("shared");
	const { root } = treeOf(await imageBytes({ root: directory({ a: shared, d: directory({ b: shared }) }) }));
	const [a, d] = [...root.entries.values()];
	expect(d?.kind === "directory" && [...d.entries.values()][0]).toBe(a);
});

test("entries tell depth, name, number and links", async () => {
	const shared = file("s");
	const image = await imageBytes({ root: directory({ d: directory({ x: shared }), y: shared }) });
	const seen = entriesOf(image).map(({ depth, path, name, number, links }) => [
		depth,
		path,
		name,
		number,
		links,
	]);
	expect(seen).toEqual([
		[0, "", "", 3, 3],
		[1, "d", "d", 2, 2],
		[2, "d/x", "x", 1, 2],
		[1, "y", "y", 1, 2],
	]);
});

describe("damage is told", () => {
	const u16 = (image: Buffer, value: number, at: number) => void image.writeUInt16LE(value, at);
	const u32 = (image: Buffer, value: number, at: number) => void image.writeUInt32LE(value, at);
	const u64 = (image: Buffer, value: bigint, at: number) => void image.writeBigUInt64LE(value, at);

	test.each<[string, (image: Buffer) => void, string]>([
		["magic", (image) => u32(image, 1, 0), "expected the magic number hsqs"],
		["no inodes", (image) => u32(image, 0, 4), "0 inodes"],
		["block size", (image) => u32(image, 4097, 12), "expected a block size"],
		[
			"block size of 2 MiB",
			(image) => {
				u32(image, 2 << 20, 12);
				u16(image, 21, 22);
			},
			"expected a block size",
		],
		["block log", (image) => u16(image, 13, 22), "expected a block size"],
		["version", (image) => u16(image, 3, 28), "expected version 4.0, got 3.0"],
		["lzo", (image) => u16(image, 3, 20), "unknown id"],
		["no ids", (image) => u16(image, 0, 26), "0 ids"],
		["root reference", (image) => u64(image, 0xffff_ffff_ffffn, 32), "inode table: expected a block"],
		["root beyond 2^53", (image) => u64(image, 0xffff_ffff_ffff_fff0n, 32), "inode table"],
		["bytes used", (image) => u64(image, 1n << 40n, 40), "bytes, got a file of"],
		["table beyond the end", (image) => u64(image, 1n << 40n, 64), "expected all tables within"],
		["table in the superblock", (image) => u64(image, 95n, 48), "expected all tables within"],
		["no id table", (image) => u64(image, 0xffff_ffff_ffff_ffffn, 48), "expected all tables within"],
		["xattr table beyond the end", (image) => u64(image, 1n << 62n, 56), "expected all tables within"],
		["tables in disorder", (image) => u64(image, 96n, 72), "the inode table is not before the directories"],
	])("superblock: %s", async (_, damage, message) => {
		const image = await imageBytes(sampleTree(), { blockSize: 4096 });
		damage(image);
		expect(() => entriesOf(image)).toThrow(SquashfsError);
		expect(() => entriesOf(image)).toThrow(message);
	});

	test("a file shorter than a superblock", () => {
		expect(() => openImage(bufferContent(new Uint8Array(95)))).toThrow("superblock: expected it in 95 bytes");
	});

	/** Positions in an image of raw metadata: inodes and listings as the writer lays them out. */
	async function raw(tree = { root: directory({ d: directory({ f: file("x") }), l: symlink("to") }) }) {
		const image = await imageBytes(tree, { blockSize: 4096, ...RAW });
		const inodes = Number(image.readBigUInt64LE(64)) + 2;
		const listings = Number(image.readBigUInt64LE(72)) + 2;
		const { block, offset } = decodeReference(Number(image.readBigUInt64LE(32)));
		const root = inodes + block + offset;
		return { image, inodes, listings, root };
	}
	// In that tree: f 32 bytes, then d 32, l 26, the root. Listings: of d, then of the root.
	const [F, D, L] = [0, 32, 64];
	const ROOT_LISTING = 12 + 8 + 1;

	test("a directory in itself", async () => {
		const { image, listings } = await raw();
		const rootReference = Number(image.readBigUInt64LE(32)) & 0xffff;
		const entry = listings + 12;
		u16(image, rootReference, entry);
		u16(image, 3, entry + 2);
		u16(image, 1, entry + 4);
		expect(() => entriesOf(image)).toThrow("directory: inode 4 is in two places");
	});

	// Field fault 6.4: squashfs-tools-ng before 1.1.3 and go-diskfs before 1.5.1 write such sizes.
	test("a directory whose size leaves out the two entries that are not stored", async () => {
		const { image, inodes, root } = await raw();
		for (const size of [inodes + D + 24, root + 24]) u16(image, image.readUInt16LE(size) - 3, size);
		expect(entriesOf(image).map(({ path }) => path)).toEqual(["", "d", "d/f", "l"]);
	});

	// Kernels keep inodes by number: whose name is asked for first decides which of the two is read.
	test("two inodes with one number", async () => {
		const { image, inodes, listings } = await raw({ root: directory({ a: file("a"), b: file("b") }) });
		const [first, second] = [inodes, inodes + 32];
		expect([image.readUInt32LE(first + 12), image.readUInt32LE(second + 12)]).toEqual([1, 2]);
		u32(image, 1, second + 12);
		u16(image, 0, listings + 12 + 9 + 2);
		expect(() => entriesOf(image)).toThrow("inode table: two inodes have the number 1");
	});

	test("an index of extended attributes in an image without their table means none", async () => {
		const xattrs = { "user.a": Buffer.from("b") };
		const { image } = await raw({ root: directory({ f: file("x", { xattrs }) }) });
		image.fill(0xff, 56, 64);
		expect(entriesOf(image).find(({ path }) => path === "f")?.attributes.xattrs.size).toBe(0);
	});

	test.each<[string, (places: Awaited<ReturnType<typeof raw>>) => void, string]>([
		["inode type", ({ image, inodes }) => u16(image, 15, inodes + F), "expected a type from 1 to 14, got 15"],
		["inode type 0", ({ image, inodes }) => u16(image, 0, inodes + F), "expected a type from 1 to 14, got 0"],
		["another kind", ({ image, inodes }) => u16(image, 6, inodes + F), "f: expected inode 1 of type 2"],
		[
			"inode number 0",
			({ image, inodes }) => u32(image, 0, inodes + F + 12),
			"expected a number from 1 to 4",
		],
		["inode number", ({ image, inodes }) => u32(image, 5, inodes + F + 12), "expected a number from 1 to 4"],
		["another number", ({ image, inodes }) => u32(image, 3, inodes + F + 12), "f: expected inode 1"],
		[
			"user",
			({ image, inodes }) => u16(image, 9, inodes + F + 4),
			"id table: expected an index below 1, got 9",
		],
		["target", ({ image, inodes }) => u32(image, 0, inodes + L + 20), "a target of 1 to 4096 bytes, got 0"],
		[
			"long target",
			({ image, inodes }) => u32(image, 1 << 30, inodes + L + 20),
			"a target of 1 to 4096 bytes",
		],
		[
			"target with a NUL, where kernels end it",
			({ image, inodes }) => u16(image, 0x0074, inodes + L + 24),
			"expected a target without a NUL",
		],
		[
			"root that is a file",
			({ image, root }) => u16(image, 2, root),
			"root: expected a directory, got a file",
		],
		["run of 257", ({ image, listings }) => u32(image, 256, listings), "at most 256 entries, got 257"],
		["run of 2^32", ({ image, listings }) => u32(image, 0xffffffff, listings), "at most 256 entries"],
		[
			"run beyond the listing",
			({ image, listings }) => u32(image, 1, listings),
			"expected 9 more bytes, got 0",
		],
		[
			"name beyond the listing",
			({ image, listings }) => u16(image, 1, listings + 18),
			"expected its last run to end with it, got 1 bytes more",
		],
		[
			"name with a slash",
			({ image, listings }) => void image.write("/", listings + 20),
			"expected a file name",
		],
		["name of a dot", ({ image, listings }) => void image.write(".", listings + 20), "expected a file name"],
		[
			"names out of order",
			({ image, listings }) => void image.write("m", listings + ROOT_LISTING + 20),
			"l: expected it before m",
		],
		[
			"names twice",
			({ image, listings }) => void image.write("l", listings + ROOT_LISTING + 20),
			"l: expected it before l",
		],
		["listing offset", ({ image, inodes }) => u16(image, 9000, inodes + D + 26), "expected a byte below"],
		["listing size", ({ image, inodes }) => u16(image, 60_000, inodes + D + 24), "directory"],
		[
			"inode offset",
			({ image, listings }) => u16(image, 8000, listings + 12),
			"inode table: expected a byte below",
		],
	])("%s", async (_, damage, message) => {
		const places = await raw();
		damage(places);
		expect(() => entriesOf(places.image)).toThrow(SquashfsError);
		expect(() => entriesOf(places.image)).toThrow(message);
	});

	test.each<[string, (image: Buffer, inode: number) => void, string]>([
		[
			"a fragment that is not there",
			(image, at) => u32(image, 7, at + 20),
			"fragment table: expected an index below 1",
		],
		[
			"an offset beyond the fragment",
			(image, at) => u32(image, 4000, at + 24),
			"fragment block: expected 4001 bytes",
		],
		[
			"a size that no inode has room for",
			(image, at) => u32(image, 0xffffffff, at + 28),
			"cannot have the blocks",
		],
	])("a file with %s", async (_, damage, message) => {
		const { image, inodes } = await raw();
		damage(image, inodes + F);
		expect(() => readAll(bufferContent(image), 1 << 20)).toThrow(message);
	});

	test.each<[string, number, string]>([
		["a block larger than it may be", 4097, "expected a size of 1 to 4096, got word 4097"],
		["a raw block of another size", (1 << 24) | 4095, "data block: expected 4096 bytes, got 4095"],
		["bits that have no meaning", (1 << 25) | 100, "expected a size of 1 to 4096"],
		["an empty raw block", 1 << 24, "expected a size of 1 to 4096"],
	])("a file with %s", async (_, word, message) => {
		const { image, inodes } = await raw({ root: directory({ f: file(noise(4096, 3)) }) });
		u32(image, word, inodes + 32);
		const content = contentOf(image, "f");
		expect(() => contentBytes(content)).toThrow(message);
	});

	// Written without any compression, so that the ids of sets can be changed.
	test("xattr sets that overlap, to cost more than they hold", async () => {
		const crowd = Array.from({ length: 400 }, (_, i) => [
			`f${i}`,
			file("", { xattrs: { "user.a": Buffer.from(`${i}`), "user.b": Buffer.alloc(30, i) } }),
		]);
		const image = new MemoryImage();
		const options = { ...DEFAULT_IMAGE_OPTIONS, ...RAW, compressor: GZIP };
		const tree = { root: directory(Object.fromEntries(crowd)) };
		const compressor = { compress: () => undefined };
		await writeStructure(tree, image, options, compressor, createDataWriter(options, { jobs: 0 }));
		const bytes = image.bytes;
		expect(entriesOf(bytes)).toHaveLength(401);
		const table = Number(bytes.readBigUInt64LE(56));
		const ids = Number(bytes.readBigUInt64LE(table + 16)) + 2;
		for (let i = 0; i < 400; i++) {
			u64(bytes, 0n, ids + 16 * i);
			u32(bytes, 800, ids + 16 * i + 8);
		}
		expect(() => entriesOf(bytes)).toThrow("xattr table: its sets overlap");
	});

	// The only pair of the image: type u16, length of the name u16, "a", length of the value u32.
	test.each<[string, (image: Buffer, pair: number) => void, string]>([
		[
			"longer than any",
			(image, pair) => u32(image, 65_537, pair + 5),
			"expected at most 65536 bytes, got 65537",
		],
		["of 4 GiB", (image, pair) => u32(image, 0xffffffff, pair + 5), "expected at most 65536 bytes"],
		[
			"elsewhere, without a place",
			(image, pair) => u16(image, 0x100, pair),
			"expected a reference of 8 bytes",
		],
	])("an xattr value %s", async (_, damage, message) => {
		const { image } = await raw({ root: directory({}, { xattrs: { "user.a": Buffer.alloc(100) } }) });
		damage(image, Number(image.readBigUInt64LE(Number(image.readBigUInt64LE(56)))) + 2);
		expect(() => entriesOf(image)).toThrow(message);
	});

	test("names whose inodes lie in another block each time, to have each read again", async () => {
		const files = Array.from({ length: 16_000 }, () => file(""));
		const named = (name: string, of: (at: number) => number): [string, Inode][] =>
			files.map((_, at) => [`${name}${String(at).padStart(5, "0")}`, files[of(at)]!]);
		const tree = directory({
			a: directory(Object.fromEntries(named("f", (at) => at))),
			b: directory(Object.fromEntries(named("n", (at) => (at * 311) % 16_000))),
		});
		const image = await imageBytes({ root: tree });
		const content = bufferContent(image);
		let bytes = 0;
		const read = (target: Uint8Array, position: number): void => {
			bytes += target.length;
			content.read(target, position);
		};
		const names = [...openImage({ size: content.size, read }).entries()];
		expect(names).toHaveLength(32_003);
		expect(bytes).toBeLessThan(3 * image.length);
	});

	test("listings that overlap, to have more names than they hold", async () => {
		const folders = Array.from({ length: 100 }, (_, i) => [`d${i}`, directory({ f: file("") })]);
		const crowd = directory(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, file("")])));
		const { image, inodes, root } = await raw({
			root: directory({ ...Object.fromEntries(folders), a: crowd }),
		});
		// Every other directory says that its listing is that of the crowd, which comes first.
		const large = image.indexOf(Buffer.from([1, 0, 0xed, 1]), inodes);
		for (let at = large + 32; at < root; at += 32) image.copy(image, at + 16, large + 16, large + 28);
		expect(() => entriesOf(image)).toThrow("directory table: its listings overlap");
	});

	test("a position inside a block", async () => {
		const { image, listings } = await raw();
		u32(image, 2, listings + 4);
		expect(() => entriesOf(image)).toThrow("inode table: expected a block at 2");
	});
});

test("an image that ends early is refused wherever it ends", async () => {
	const image = await imageBytes(sampleTree(), { blockSize: 4096, pad: false });
	for (let length = 0; length < image.length; length += 97) {
		expect(() => readAll(bufferContent(image.subarray(0, length)), 1 << 20)).toThrow(SquashfsError);
	}
});

test("levels beyond what paths may have are refused, and not before", async () => {
	const deep = async (levels: number, name: string) => {
		let root = directory({});
		for (let i = 0; i < levels; i++) root = directory({ [name]: root });
		return imageBytes({ root });
	};
	expect(entriesOf(await deep(4000, "d"))).toHaveLength(4001);
	const deeper = await deep(20_000, "d");
	expect(() => entriesOf(deeper)).toThrow("at most 256 bytes an entry, and 16777216 bytes more in all");
	const long = await deep(300, "n".repeat(250));
	expect(() => entriesOf(long)).toThrow("expected a path of at most 65535 bytes");
});
