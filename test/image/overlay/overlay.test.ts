import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Content } from "../../../src/ground/bytes/index.js";
import { applyOverlay, comparedContents, createOverlay } from "../../../src/image/overlay/index.js";
import type { Directory, Inode, RootfsTree } from "../../../src/image/rootfs/index.js";
import { device, directory, file, rootfs, symlink } from "../../support/inodes.js";
import { randomTree } from "../../support/random-tree.js";
import { listTree } from "../../support/tree-listing.js";

/** Times do not count in an overlay. */
function list(tree: RootfsTree): string[] {
	return listTree(tree).map((line) => line.replace(/ @\d+/, ""));
}

function overlayOf(base: Directory, target: Directory): string[] {
	return list(createOverlay(rootfs(base), rootfs(target), 0));
}

/** A tree that has much of another: each name from one or the other, all the way down. */
function graft(base: Directory, other: Directory, coins: readonly boolean[], at = 0): Directory {
	const entries = new Map(other.entries);
	for (const [i, [name, inode]] of [...base.entries].entries()) {
		const theirs = other.entries.get(name);
		const mixed = inode.kind === "directory" && theirs?.kind === "directory";
		if (mixed) entries.set(name, graft(inode, theirs, coins, at + i));
		else if (coins[(at + i) % coins.length]) entries.set(name, inode);
	}
	return { ...other, entries };
}

/** A tree whose contents report when they are read. */
function watched({ kind, attributes, entries }: Directory, onRead: (content: Content) => void): Directory {
	const watch = (inode: Inode): Inode => {
		if (inode.kind === "directory") return watched(inode, onRead);
		if (inode.kind !== "file") return inode;
		const { size } = inode.content;
		const content: Content = {
			size,
			read(target, position) {
				onRead(content);
				inode.content.read(target, position);
			},
		};
		return { ...inode, content };
	};
	return { kind, attributes, entries: new Map([...entries].map(([name, inode]) => [name, watch(inode)])) };
}

test("contents that will be compared are known before, in their order", () => {
	fc.assert(
		fc.property(randomTree, randomTree, fc.array(fc.boolean(), { minLength: 1 }), (base, other, coins) => {
			const read = new Set<Content>();
			const below = { root: watched(base.root, (content) => read.add(content)) };
			const target = { root: graft(base.root, other.root, coins) };
			const announced = comparedContents(below, target).filter(({ size }) => size > 0);
			createOverlay(below, target, 0);
			expect([...read]).toEqual([...new Set(announced)]);
		}),
	);
});

describe("overlay law", () => {
	test("base and overlay show the target", () => {
		fc.assert(
			fc.property(randomTree, randomTree, (base, target) => {
				const shown = applyOverlay(base, createOverlay(base, target, 0));
				expect(list(shown)).toEqual(list(target));
			}),
			{ numRuns: 500 },
		);
	});

	test("also for trees that have much in common", () => {
		const coins = fc.array(fc.boolean(), { minLength: 5, maxLength: 9 });
		fc.assert(
			fc.property(randomTree, randomTree, coins, (base, other, choices) => {
				const target = { root: graft(base.root, other.root, choices) };
				const shown = applyOverlay(base, createOverlay(base, target, 0));
				expect(list(shown)).toEqual(list(target));
			}),
			{ numRuns: 500 },
		);
	});

	test("a tree over itself gives an empty overlay", () => {
		fc.assert(
			fc.property(randomTree, (tree) => {
				expect(createOverlay(tree, tree, 0).root.entries.size).toBe(0);
			}),
		);
	});
});

describe("what is in the overlay", () => {
	const etc = (entries: Parameters<typeof directory>[0]) => directory({ etc: directory(entries) });

	test("a removed name is a whiteout, its neighbours are not there", () => {
		expect(overlayOf(etc({ a: file("1"), b: file("2") }), etc({ b: file("2") }))).toEqual([
			". dir 755",
			"etc dir 755",
			"etc/a character-device 0:0 0",
		]);
	});

	test("a directory that lost all it had is opaque", () => {
		const target = etc({ new: file("3") });
		expect(overlayOf(etc({ a: file("1"), b: directory({}) }), target)).toEqual([
			". dir 755",
			'etc dir 755 trusted.overlay.opaque="y"',
			'etc/new "3" 644',
		]);
	});

	test.each([
		["mode", file("x"), file("x", { mode: 0o600 })],
		["owner", file("x"), file("x", { uid: 3 })],
		["extended attribute", file("x"), file("x", { xattrs: { "user.k": Buffer.from("v") } })],
		["content of the same size", file("x"), file("y")],
		["link target", symlink("x"), symlink("y")],
		["kind", file("x"), symlink("x")],
		["device number", device("block-device", 8, 0), device("block-device", 8, 1)],
	])("a change of %s alone is seen", (_, before, after) => {
		expect(overlayOf(etc({ n: before, m: file("") }), etc({ n: after, m: file("") }))).toHaveLength(3);
	});

	test("a change of time alone is none", () => {
		expect(overlayOf(etc({ n: file("x", { mtime: 1 }) }), etc({ n: file("x", { mtime: 2 }) }))).toHaveLength(
			1,
		);
	});

	test("parents keep the target's attributes", () => {
		const base = directory({ d: directory({ f: file("1") }, { mode: 0o711, uid: 9 }) });
		const target = directory({ d: directory({ f: file("2") }, { mode: 0o711, uid: 9 }) });
		expect(overlayOf(base, target)[1]).toBe("d dir 711 9:0");
	});

	test("a new name of an old inode brings all names along", () => {
		const one = file("1");
		expect(overlayOf(directory({ a: one }), directory({ a: file("1"), b: file("1") }))).toHaveLength(2);
		const two = file("1");
		expect(overlayOf(directory({ a: one }), directory({ a: two, b: two }))).toHaveLength(3);
	});

	test("a target with a whiteout of its own is refused", () => {
		const target = directory({ d: directory({ w: device("character-device", 0, 0) }) });
		expect(() => overlayOf(directory({}), target)).toThrow("/d/w: overlay: is a mark of overlayfs");
	});
});
