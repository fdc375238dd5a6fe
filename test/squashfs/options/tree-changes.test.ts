import { expect, test } from "vitest";
import { utf8ByteString } from "../../../src/ground/bytes/index.js";
import type { RootfsTree } from "../../../src/image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS } from "../../../src/squashfs/format/index.js";
import { applyFormatOptions, parseFormatOptions } from "../../../src/squashfs/options/index.js";
import { directory, file, symlink } from "../../support/inodes.js";
import { listTree } from "../../support/tree-listing.js";

const apply = (tree: RootfsTree, words: string | string[]): RootfsTree =>
	applyFormatOptions(tree, parseFormatOptions(words, DEFAULT_IMAGE_OPTIONS));

const paths = (tree: RootfsTree): string =>
	listTree(tree)
		.map((line) => line.split(" ")[0]!)
		.join(" ");

function sample(): RootfsTree {
	const shared = file("shared");
	return {
		root: directory({
			lib: symlink("usr/lib"),
			usr: directory({ lib: directory({ modules: directory({ x: file("x") }), "libc.so": file("c") }) }),
			".hidden": file("h"),
			bin: directory({ one: shared, "two.sh": file("2"), ".three": file("3") }),
			two: shared,
			loop: symlink("loop"),
		}),
	};
}

const ALL = paths(sample()).split(" ");
const without = (...gone: string[]): string => ALL.filter((path) => !gone.includes(path)).join(" ");

// Compared with what mksquashfs 4.5.1 makes of the same words.
test.each([
	["a directory and what is below it", "-e usr/lib/modules", ["usr/lib/modules", "usr/lib/modules/x"]],
	["through a link", "-e lib/modules/", ["usr/lib/modules", "usr/lib/modules/x"]],
	["a link itself", "-e lib", ["lib"]],
	["a file with its other names", "-e two", ["two", "bin/one"]],
	["names at the root alone", "-e libc.so one", []],
	["what is not there", "-e nothing loop/x usr/lib/libc.so/x", []],
	["with dots inside", "-e usr/../bin/./two.sh", ["bin/two.sh"]],
	["not the root", "-e .", []],
	["wildcards, but not hidden names", "-wildcards -e *", ALL.slice(1).filter((path) => path !== ".hidden")],
	["wildcards of a level", "-wildcards -e bin/*", ["bin/one", "bin/two.sh"]],
	["wildcards over levels", "-wildcards -e u*/l?b/[k-m]*.so", ["usr/lib/libc.so"]],
	["wildcards anywhere", "-wildcards -e ... *.s[oh]", ["bin/two.sh", "usr/lib/libc.so"]],
	["wildcards do not follow links", "-wildcards -e lib/modules", []],
	["one of several", "-wildcards -e bin/@(one|.three)", ["bin/one"]],
	["one or more of several", "-wildcards -e bin/+(o|on)e", ["bin/one"]],
	["all but", "-wildcards -e bin/!(one)", ["bin/two.sh"]],
	["expressions are not anchored", "-regex -e bin/t -e hid", ["bin/two.sh", "bin/.three", ".hidden"]],
])("excludes %s", (_, words, gone) => {
	expect(paths(apply(sample(), words))).toBe(without(...gone));
});

test("a word with a space matches anywhere, too", () => {
	expect(paths(apply(sample(), ["-wildcards", "-e", "... x"]))).toBe(without("usr/lib/modules/x"));
});

test("-uid-gid-offset moves owners that no other option sets", () => {
	const tree = { root: directory({ a: file("a", { uid: 5, gid: 6 }), b: file("b") }) };
	const owners = (words: string) =>
		[...apply(tree, words).root.entries.values()].map(({ attributes: { uid, gid } }) => `${uid}:${gid}`);
	expect(owners("-uid-gid-offset 1000")).toEqual(["1005:1006", "1000:1000"]);
	expect(owners("-uid-gid-offset 1000 -force-gid 7")).toEqual(["1005:7", "1000:7"]);
	expect(() => owners("-uid-gid-offset 4294967295")).toThrow("-uid-gid-offset: expected sums below 2^32");
});

test("excluded names may be any bytes", () => {
	const tree = { root: directory({ "naïve 文": file("1"), b: file("2") }) };
	expect(paths(apply(tree, ["-e", "naïve 文"]))).toBe(". b");
	expect(paths(apply(tree, ["-wildcards", "-e", "na??ve*"]))).toBe(". b");
});

test("owners, times and the root's mode change in a copy", () => {
	const tree = { root: directory({ f: file("1", { uid: 5, gid: 6, mtime: 7 }) }, { mode: 0o700, uid: 5 }) };
	const before = listTree(tree);
	const words = "-all-root -all-time 9 -root-uid 8 -root-time 1 -root-mode 4711";
	expect(listTree(apply(tree, words))).toEqual([". dir 4711 @9", 'f "1" 644 @9']);
	expect(listTree(tree)).toEqual(before);
	expect(listTree(apply(tree, "-root-gid 8 -root-time 3"))[0]).toBe(". dir 700 5:8 @3");
});

test("hard links stay hard links", () => {
	const { root } = apply(sample(), "-all-root");
	const bin = root.entries.get(utf8ByteString("bin"));
	expect(bin?.kind === "directory" && bin.entries.get(utf8ByteString("one"))).toBe(
		root.entries.get(utf8ByteString("two")),
	);
});

test("trees deeper than calls can nest", () => {
	let root = directory({});
	for (let i = 0; i < 50_000; i++) root = directory({ d: root });
	expect(apply({ root }, "-all-root").root.entries.size).toBe(1);
});
