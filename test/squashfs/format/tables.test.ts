import { expect, test } from "vitest";
import { utf8ByteString } from "../../../src/ground/bytes/index.js";
import { encodeExportEntries } from "../../../src/squashfs/format/export-table.js";
import { encodeFragmentEntries } from "../../../src/squashfs/format/fragment-table.js";
import { IdTable } from "../../../src/squashfs/format/id-table.js";
import { encodeLookupTable } from "../../../src/squashfs/format/lookup-table.js";
import { XattrTable } from "../../../src/squashfs/format/xattr-table.js";
import { file } from "../../support/inodes.js";

const raw = () => undefined;
const short = (block: Uint8Array) => block.subarray(0, 100);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("a lookup table lists the image positions of its blocks", () => {
	const { bytes, start } = encodeLookupTable(new Uint8Array(8192 + 4), 1000, short);
	expect(start).toBe(1000 + 102 + 6);
	expect(hex(bytes.subarray(start - 1000))).toBe("e803000000000000" + "4e04000000000000");
});

test("an empty lookup table starts where it would", () => {
	expect(encodeLookupTable(new Uint8Array(0), 1000, raw)).toEqual({ bytes: Buffer.alloc(0), start: 1000 });
});

test("fragment and export entries", () => {
	expect(hex(encodeFragmentEntries([{ start: 2 ** 33, word: 0x1000005 }]))).toBe(
		"0000000002000000" + "05000001" + "00000000",
	);
	expect(hex(encodeExportEntries([{ block: 0x123456, offset: 0x1fff }]))).toBe("ff1f563412000000");
});

// As a compressor: only a block that ends with equal words becomes shorter.
const shortIfRepeated = (block: Uint8Array) =>
	new Set(block.subarray(-256)).size > 4 ? undefined : block.subarray(0, 100);
const owners = (...ids: (readonly [uid: number, gid: number])[]) =>
	ids.map(([uid, gid]) => file("", { uid, gid }));
const pairs = (count: number, id: (i: number) => number) =>
	owners(...Array.from({ length: count }, (_, i) => [id(2 * i), id(2 * i + 1)] as const));

test("ids are counted once, in the order of their first use", () => {
	const ids = new IdTable(owners([5, 0], [5, 0xffffffff]), raw);
	expect([5, 0, 5, 0xffffffff].map((id) => ids.index(id))).toEqual([0, 1, 0, 2]);
	expect(hex(ids.encode())).toBe("0500000000000000ffffffff");
});

test("65,535 ids and not one more", () => {
	const inodes = pairs(32_768, (i) => Math.min(i, 65_534) * 3);
	expect(new IdTable(inodes, short).size).toBe(65_535);
	expect(() => new IdTable([...inodes, ...owners([1, 0])], short)).toThrow(
		"ids: store: expected at most 65535 different uids and gids, got 65536",
	);
});

// docs/formats/squashfs.md#metadata-blocks: a full block of it may not be stored raw.
test("a block of ids that does not compress ends with ids that do", () => {
	const scattered = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 0;
	const inodes = [
		...pairs(1500, scattered),
		...owners(...Array.from({ length: 100 }, () => [7, 7] as const)),
	];
	const ids = new IdTable(inodes, shortIfRepeated);
	expect(ids.size).toBe(3001 + 64);
	const stored = new Uint32Array(Uint8Array.from(ids.encode()).buffer);
	expect(new Set(stored.subarray(2048 - 64, 2048)).size).toBe(1);
	for (const { attributes } of inodes) expect(stored[ids.index(attributes.gid)]).toBe(attributes.gid);
	expect(ids.warnings).toEqual([]);
	expect(new IdTable(inodes, short).size).toBe(3001);
	// Readers refuse more ids than two of each inode, which leaves no room here.
	const crowded = new IdTable(pairs(1500, scattered), shortIfRepeated);
	expect(crowded.size).toBe(3000);
	expect(crowded.warnings).toEqual([expect.stringMatching(/^ids: too many different ones/)]);
});

const set = (values: Record<string, string>) =>
	new Map(Object.entries(values).map(([name, value]) => [utf8ByteString(name), Buffer.from(value)]));

test("equal xattr sets share an id, in whatever order they come", () => {
	const table = new XattrTable(raw);
	expect(table.index(set({ "user.a": "1", "user.b": "2" }))).toBe(0);
	expect(table.index(set({ "user.a": "1" }))).toBe(1);
	expect(table.index(set({ "user.b": "2", "user.a": "1" }))).toBe(0);
	expect(table.index(set({ "user.a": "12" }))).toBe(2);
	expect(table.index(new Map())).toBeUndefined();
	expect(table.size).toBe(3);
});

// docs/formats/squashfs.md#tables
test("the bytes of a set, its id and the header", () => {
	const table = new XattrTable(raw);
	table.index(set({ "security.capability": "0123456789", "trusted.t": "" }));
	table.index(set({ "user.other": "0123456789" }));
	const { bytes, start } = table.encode(500, raw);
	const first = `02000a00${hex(Buffer.from("capability"))}0a000000${hex(Buffer.from("0123456789"))}`;
	const second = "0100010074" + "00000000";
	const elsewhere = `00010500${hex(Buffer.from("other"))}08000000${"0e00000000000000"}`;
	const pairs = (first + second + elsewhere).length / 2;
	expect(hex(bytes.subarray(2, 2 + pairs))).toBe(first + second + elsewhere);
	const ids = `0000000000000000${"02000000"}${"28000000"}2500000000000000${"01000000"}${"15000000"}`;
	expect(hex(bytes.subarray(2 + pairs + 2, 2 + pairs + 2 + 32))).toBe(ids);
	expect(start).toBe(500 + 2 + pairs + 2 + 32);
	expect(hex(bytes.subarray(start - 500))).toBe(
		`f401000000000000${"02000000"}00000000${(500 + 2 + pairs)
			.toString(16)
			.padStart(4, "0")
			.replace(/(..)(..)/, "$2$1")}000000000000`,
	);
});

test("what has no encoding is dropped, and counted by name", () => {
	const table = new XattrTable(raw);
	expect(table.index(set({ "system.posix_acl_access": "x" }))).toBeUndefined();
	expect(table.index(set({ "system.posix_acl_access": "x", "user.a": "1" }))).toBe(0);
	expect(table.index(set({ "user.": "x" }))).toBeUndefined();
	expect(table.index(set({ [`user.${"n".repeat(251)}`]: "x" }))).toBeUndefined();
	expect(table.index(set({ "user.v": "v".repeat(65_537) }))).toBeUndefined();
	expect(table.size).toBe(1);
	expect(table.warnings).toHaveLength(4);
	expect(table.warnings[0]).toBe(
		"xattr system.posix_acl_access: dropped: squashfs stores user., trusted. and security. attributes only (inodes: 2)",
	);
});
