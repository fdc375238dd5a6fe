import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ByteString, bufferContent } from "../../../src/ground/bytes/index.js";
import {
	type Attributes,
	type DirectoryDraft,
	giveToRoot,
	type Inode,
	treeDigest,
} from "../../../src/image/rootfs/index.js";

const ATTRIBUTES: Attributes = { mode: 0o640, uid: 1000, gid: 100, mtime: 1234, xattrs: new Map() };

function directory(entries: Record<string, Inode>): DirectoryDraft {
	const names = Object.entries(entries) as [ByteString, Inode][];
	return { kind: "directory", attributes: { ...ATTRIBUTES, mode: 0o2750 }, entries: new Map(names) };
}

function file(body: string, attributes: Partial<Attributes> = {}): Inode {
	return {
		kind: "file",
		attributes: { ...ATTRIBUTES, ...attributes },
		content: bufferContent(Buffer.from(body)),
	};
}

const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");

describe("the digest of a tree", () => {
	test("is the SHA-256 of the list that docs/lock.md describes", () => {
		const shared = file("x");
		const root = directory({
			b: shared,
			a: { kind: "symlink", attributes: ATTRIBUTES, target: "b" as ByteString },
			"a-b": { kind: "character-device", attributes: ATTRIBUTES, major: 1, minor: 3 },
			c: shared,
		});
		const lines = [
			[".", "d", "2750", "1000", "100", "1234", ""],
			["./a", "l", "640", "1000", "100", "1234", "b", ""],
			["./a-b", "c", "640", "1000", "100", "1234", "1", "3", ""],
			["./b", "f", "640", "1000", "100", "1234", "1", sha256("x"), ""],
			["./c", "h", "./b"],
		];
		const list = lines.map((fields) => `${fields.join("\0")}\0`).join("");
		expect(treeDigest({ root })).toBe(sha256(list));
	});

	const sample = () => directory({ etc: directory({ one: file("1"), two: file("2") }) });
	const etc = (root: DirectoryDraft): DirectoryDraft =>
		root.entries.get("etc" as ByteString) as DirectoryDraft;

	test.each<[string, (root: DirectoryDraft) => void]>([
		["a byte", (root) => etc(root).entries.set("one" as ByteString, file("2"))],
		["a mode bit", (root) => etc(root).entries.set("one" as ByteString, file("1", { mode: 0o4640 }))],
		["an owner", (root) => etc(root).entries.set("one" as ByteString, file("1", { uid: 0 }))],
		["a group", (root) => etc(root).entries.set("one" as ByteString, file("1", { gid: 0 }))],
		["a time", (root) => etc(root).entries.set("one" as ByteString, file("1", { mtime: 0 }))],
		[
			"an attribute",
			(root) => {
				const xattrs = new Map([["user.a" as ByteString, Buffer.from("1")]]);
				etc(root).entries.set("one" as ByteString, file("1", { xattrs }));
			},
		],
		["a name", (root) => etc(root).entries.set("three" as ByteString, file("3"))],
		["a file in another directory", (root) => root.entries.set("two" as ByteString, file("2"))],
	])("depends on %s", (_, change) => {
		const root = sample();
		change(root);
		expect(treeDigest({ root })).not.toBe(treeDigest({ root: sample() }));
	});

	test("does not depend on the order in which names were read, nor on times that will be set", () => {
		const root = directory({ etc: directory({ two: file("2"), one: file("1") }) });
		expect(treeDigest({ root })).toBe(treeDigest({ root: sample() }));
		etc(root).entries.set("one" as ByteString, file("1", { mtime: 0 }));
		expect(treeDigest({ root }, false)).toBe(treeDigest({ root: sample() }, false));
	});
});

test("a tree that is given to root keeps nothing of who had it: 0755 and 0644, one time", () => {
	const shared = file("1", { mode: 0o4711 });
	const link: Inode = {
		kind: "symlink",
		attributes: { ...ATTRIBUTES, mode: 0o777 },
		target: "x" as ByteString,
	};
	const tree = { root: directory({ shared, again: shared, plain: file("2", { mode: 0o600 }), link }) };
	const before = treeDigest(tree);
	const { root } = giveToRoot(tree, 7);
	const of = (name: string): Attributes => root.entries.get(name as ByteString)!.attributes;
	const given = { uid: 0, gid: 0, mtime: 7 };
	expect(root.attributes).toMatchObject({ ...given, mode: 0o755 });
	expect(of("shared")).toMatchObject({ ...given, mode: 0o755 });
	expect(of("plain")).toMatchObject({ ...given, mode: 0o644 });
	expect(of("link")).toMatchObject({ ...given, mode: 0o777 });
	expect(root.entries.get("again" as ByteString)).toBe(root.entries.get("shared" as ByteString));
	expect(treeDigest(tree), "the tree that was given").toBe(before);
});
