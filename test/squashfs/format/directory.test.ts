import { expect, test } from "vitest";
import { type DirectoryEntry, directoryRuns, writeListing } from "../../../src/squashfs/format/directory.js";
import { MetadataWriter } from "../../../src/squashfs/format/metadata-writer.js";

function entries(count: number, change: (i: number) => Partial<DirectoryEntry> = () => ({})) {
	return Array.from({ length: count }, (_, i): DirectoryEntry => {
		const name = Buffer.from(`e${String(i).padStart(6, "0")}`);
		return { name, inode: { block: 0, offset: 0 }, number: i + 1, type: 2, ...change(i) };
	});
}

const lengths = (list: readonly DirectoryEntry[]) => directoryRuns(list).map((run) => run.entries.length);

// docs/formats/squashfs.md#directories
test.each([
	[0, []],
	[1, [1]],
	[256, [256]],
	[257, [256, 1]],
])("a header for at most 256 entries: %i", (count, expected) => {
	expect(lengths(entries(count))).toEqual(expected);
});

test("a header for each block of inodes", () => {
	const list = entries(6, (i) => ({ inode: { block: i < 2 ? 0 : 500, offset: 0 } }));
	expect(lengths(list)).toEqual([2, 4]);
});

test.each([
	[32_768, [2, 1]],
	[32_767, [3]],
	[-32_768, [3]],
	[-32_769, [2, 1]],
])("a header where the inode number is %i from the first one's", (delta, expected) => {
	const numbers = [40_000, 40_001, 40_000 + delta];
	expect(lengths(entries(3, (i) => ({ number: numbers[i]! })))).toEqual(expected);
});

test("no index for a listing of 8 KiB, one for more", () => {
	const table = () => new MetadataWriter(() => undefined);
	const fits = writeListing(
		entries(32, (i) => ({ name: Buffer.alloc(i === 0 ? 239 : 247, i) })),
		table(),
	);
	expect([fits.size, fits.index.length]).toEqual([12 + 247 + 31 * 255, 0]);
	expect(
		writeListing(
			entries(33, (i) => ({ name: Buffer.alloc(247, i) })),
			table(),
		).index,
	).toHaveLength(1);
});

test("index entries point at headers, in the block where they are", () => {
	const table = new MetadataWriter(() => undefined);
	table.append(new Uint8Array(5000));
	const list = entries(65_600);
	const { listing, size, index } = writeListing(list, table);
	const plain = Buffer.concat(table.finish().map((block) => block.subarray(2)));
	expect(listing).toEqual({ block: 0, offset: 5000 });
	expect(plain.length).toBe(5000 + size);
	let last = 0;
	for (const { offset, block, name } of index) {
		const at = 5000 + offset;
		expect(block).toBe(Math.floor(at / 8192) * 8194);
		expect(plain.readUInt32LE(at)).toBeLessThan(256);
		expect(plain.subarray(at + 12 + 8, at + 12 + 8 + name.length)).toEqual(Buffer.from(name));
		expect(offset - last).toBeLessThanOrEqual(8192);
		last = offset;
	}
	expect(size - last).toBeLessThanOrEqual(8192);
});

test("the bytes of a listing", () => {
	const table = new MetadataWriter(() => undefined);
	const [a, b] = entries(2, (i) => ({
		name: Buffer.from("ab".slice(i)),
		inode: { block: 7, offset: 30 + i },
	}));
	writeListing(
		[
			{ ...a!, number: 9 },
			{ ...b!, number: 8, type: 1 },
		],
		table,
	);
	expect(Buffer.concat(table.finish()).subarray(2).toString("hex")).toBe(
		"010000000700000009000000" + "1e00000002000100" + "6162" + "1f00ffff01000000" + "62",
	);
});
