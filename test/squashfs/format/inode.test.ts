import { expect, test } from "vitest";
import {
	decodeDevice,
	encodeDevice,
	encodeInode,
	type InodeBody,
} from "../../../src/squashfs/format/inode.js";

const header = { mode: 0o4755, uid: 1, gid: 2, mtime: 0xf0000000, number: 9, links: 1, xattr: undefined };
const layout = { start: 96, blocks: [7, 0, 8], sparse: 0 };
const listing = { block: 10, offset: 20 };
const folder = { kind: "directory", listing, size: 100, parent: 4, index: [] } as const;
const mark = { offset: 8200, block: 77, name: Buffer.from("name") };

// docs/formats/squashfs.md#inodes: type numbers and sizes
test.each<[string, InodeBody, Partial<typeof header>, number, number]>([
	["directory", folder, {}, 1, 32],
	["long directory", { ...folder, size: 65_533 }, {}, 8, 40],
	["directory as long as the basic form holds", { ...folder, size: 65_532 }, {}, 1, 32],
	["indexed directory", { ...folder, index: [mark] }, {}, 8, 40 + 16],
	["file", { kind: "file", size: 300_000, layout }, {}, 2, 32 + 12],
	["linked file", { kind: "file", size: 300_000, layout }, { links: 2 }, 9, 56 + 12],
	["sparse file", { kind: "file", size: 300_000, layout: { ...layout, sparse: 1 } }, {}, 9, 56 + 12],
	["file of 4 GiB", { kind: "file", size: 2 ** 32, layout }, {}, 9, 56 + 12],
	["file behind 4 GiB", { kind: "file", size: 1, layout: { ...layout, start: 2 ** 32 } }, {}, 9, 56 + 12],
	["symlink", { kind: "symlink", target: Buffer.from("to") }, {}, 3, 24 + 2],
	["block device", { kind: "block-device", major: 8, minor: 1 }, {}, 4, 24],
	["character device", { kind: "character-device", major: 8, minor: 1 }, {}, 5, 24],
	["fifo", { kind: "fifo" }, {}, 6, 20],
	["socket", { kind: "socket" }, {}, 7, 20],
	["linked fifo", { kind: "fifo" }, { links: 3 }, 6, 20],
])("%s", (_, body, values, type, size) => {
	const bytes = encodeInode({ ...header, ...values }, body);
	expect([bytes.readUInt16LE(0), bytes.length]).toEqual([type, size]);
	const withXattr = encodeInode({ ...header, ...values, xattr: 5 } as never, body);
	expect(withXattr.readUInt16LE(0)).toBe(type > 7 ? type : type + 7);
});

test("the fields that all inodes have", () => {
	const bytes = encodeInode({ ...header, mode: 0o104755 }, { kind: "fifo" });
	expect(bytes.toString("hex")).toBe("0600ed0901000200000000f00900000001000000");
});

test("the xattr of a symlink follows its target", () => {
	const bytes = encodeInode({ ...header, xattr: 5 } as never, { kind: "symlink", target: Buffer.from("to") });
	expect(bytes.subarray(16).toString("hex")).toBe("0100000002000000746f05000000");
});

test("a file's fields", () => {
	const fragment = { index: 3, offset: 64 };
	const basic = encodeInode(header, { kind: "file", size: 5, layout: { ...layout, blocks: [6], fragment } });
	expect(basic.subarray(16).toString("hex")).toBe("6000000003000000400000000500000006000000");
	const whole = encodeInode(header, { kind: "file", size: 5, layout: { ...layout, blocks: [6] } });
	expect(whole.subarray(16).toString("hex")).toBe("60000000ffffffff000000000500000006000000");
	const extended = encodeInode(
		{ ...header, links: 2 },
		{ kind: "file", size: 5 * 2 ** 32 + 1, layout: { start: 2 ** 33, blocks: [6], sparse: 4096, fragment } },
	);
	expect(extended.subarray(16).toString("hex")).toBe(
		"0000000002000000010000000500000000100000000000000200000003000000" + "40000000ffffffff06000000",
	);
});

test("a directory's fields", () => {
	const basic = encodeInode({ ...header, links: 2 }, folder);
	expect(basic.subarray(16).toString("hex")).toBe("0a000000020000006700140004000000");
	const indexed = encodeInode({ ...header, links: 2 }, { ...folder, index: [mark] });
	expect(indexed.subarray(16).toString("hex")).toBe(
		"02000000670000000a0000000400000001001400ffffffff" + "082000004d000000030000006e616d65",
	);
});

test.each([
	[1, 3, 0x103],
	[259, 70_000, 0x11110370],
	[4095, 1_048_575, 0xffffffff],
	[0, 256, 0x100000],
])("device %i:%i", (major, minor, device) => {
	expect(encodeDevice(major, minor)).toBe(device);
	expect(decodeDevice(device)).toEqual({ major, minor });
});
