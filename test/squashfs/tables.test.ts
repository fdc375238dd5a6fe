import { expect, test } from "vitest";
import { utf8ByteString } from "../../src/bytes/index.js";
import { encodeExportEntries } from "../../src/squashfs/export-table.js";
import { encodeFragmentEntries } from "../../src/squashfs/fragment-table.js";
import { IdTable } from "../../src/squashfs/id-table.js";
import { encodeLookupTable } from "../../src/squashfs/lookup-table.js";
import { XattrTable } from "../../src/squashfs/xattr-table.js";

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

test("ids are counted once, in the order of their first use", () => {
	const ids = new IdTable();
	expect([5, 0, 5, 0xffffffff].map((id) => ids.index(id))).toEqual([0, 1, 0, 2]);
	expect(hex(ids.encode())).toBe("0500000000000000ffffffff");
});

test("65,535 ids and not one more", () => {
	const ids = new IdTable();
	for (let id = 0; id < 65_535; id++) ids.index(id * 3);
	expect(ids.index(0)).toBe(0);
	expect(() => ids.index(1)).toThrow("id 1: store: expected at most 65535 different uids and gids");
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

// spec/squashfs-xz.md 1.7
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
