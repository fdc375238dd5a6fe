import { expect, test } from "vitest";
import { byteString, utf8ByteString } from "../../../src/ground/bytes/index.js";
import type { Directory, DirectoryDraft, Inode } from "../../../src/image/rootfs/index.js";
import { planTree } from "../../../src/squashfs/write/tree-plan.js";
import { device, directory, file, ipc, symlink } from "../../support/inodes.js";

test("directories come after what is below them, numbers follow each other in a directory", () => {
	const shared = file("s");
	const [one, two, sub] = [file("1"), file("2"), directory({ z: shared })];
	const inner = directory({ b: sub, a: one });
	const root = directory({ x: shared, d: inner, e: two });
	const plan = planTree({ root });
	expect(plan.directories.map(({ inode }) => inode)).toEqual([sub, inner, root]);
	expect(plan.directories.map(({ parent }) => parent)).toEqual([inner, root, undefined]);
	expect([shared, one, sub, inner, two, root].map((inode) => plan.numbers.get(inode))).toEqual([
		1, 2, 3, 4, 5, 6,
	]);
	expect(plan.files).toEqual([
		{ name: "a", content: one.content },
		{ name: "z", content: shared.content },
		{ name: "e", content: two.content },
	]);
});

test("link counts", () => {
	const [linked, pipe, once] = [file("l"), ipc("fifo"), file("o")];
	const sub = directory({ a: linked, p: pipe });
	const root = directory({ sub, empty: directory({}), b: linked, c: linked, once, q: pipe });
	const { links } = planTree({ root });
	expect([linked, pipe, once, sub, root].map((inode) => links.get(inode))).toEqual([3, 2, 1, 2, 4]);
});

test("names are sorted by unsigned bytes", () => {
	const names = ["a", "a.b", "ab", "A", "é", "\u{1f600}", "\uffee", "b"].map(utf8ByteString);
	const raw = byteString(Uint8Array.of(0x80));
	const root: DirectoryDraft = directory({});
	for (const name of [...names, raw]) root.entries.set(name, file(name));
	const sorted = planTree({ root }).directories[0]!.entries.map(([name]) => Buffer.from(name, "latin1"));
	expect(sorted).toEqual([...sorted].sort(Buffer.compare));
	expect(sorted).toHaveLength(9);
});

test("deeper than calls can nest", () => {
	let root = directory({});
	for (let i = 0; i < 200_000; i++) root = directory({ d: root });
	expect(planTree({ root }).numbers.size).toBe(200_001);
});

function named(name: string, inode: Inode): Directory {
	return { ...directory({}), entries: new Map([[byteString(Buffer.from(name, "latin1")), inode]]) };
}

test.each([
	["an empty name", named("", file("x")), "1 to 255 bytes, got 0"],
	["a name of 256 bytes", named("n".repeat(256), file("x")), "1 to 255 bytes, got 256"],
	["a slash", named("a/b", file("x")), "a/b: store: expected a file name"],
	["a dot", named(".", file("x")), "expected a file name"],
	["two dots", named("..", file("x")), "expected a file name"],
	["a zero byte", named("a\0", file("x")), "expected a file name"],
	[
		"a major number of more than 12 bits",
		named("d", device("block-device", 4096, 1)),
		"d: store: expected device numbers up to 4095:1048575, got 4096:1",
	],
	[
		"a minor number of more than 20 bits",
		named("d", device("character-device", 1, 1 << 20)),
		"d: store: expected device numbers up to 4095:1048575, got 1:1048576",
	],
	["an empty link", named("l", symlink("")), "l: store: expected a link target of 1 to 4095 bytes, got 0"],
	["a long link", named("l", symlink("t".repeat(4096))), "1 to 4095 bytes, got 4096"],
])("refuses %s", (_, root, message) => {
	expect(() => planTree({ root })).toThrow(message);
});

test("refuses a directory in two places, or in itself", () => {
	const twice = directory({ d: device("block-device", 1, 1) });
	expect(() => planTree({ root: directory({ a: twice, b: twice }) })).toThrow("b: store: expected one name");
	const loop = directory({});
	loop.entries.set(utf8ByteString("loop"), loop);
	expect(() => planTree({ root: loop })).toThrow("loop: store: expected one name");
});
