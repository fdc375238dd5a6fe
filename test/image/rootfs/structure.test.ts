import { expect, test } from "vitest";
import { finishRootfs } from "../../../src/image/rootfs/index.js";
import { directory, file, rootfs, symlink } from "../../support/inodes.js";
import { listTree } from "../../support/tree-listing.js";

function finished(root: ReturnType<typeof directory>, stripQemu = true): string[] {
	const tree = rootfs(root);
	const before = listTree(tree);
	const lines = listTree(finishRootfs(tree, { time: 7, stripQemu }));
	expect(listTree(tree), "the tree that was given").toEqual(before);
	return lines;
}

// docs/formats/pvr.md#after-the-last-layer: scratch directories are 1777.

test("an empty tree gets all of them", () => {
	expect(finished(directory({}))).toEqual([
		". dir 755",
		"dev dir 755 @7",
		"proc dir 755 @7",
		"run dir 755 @7",
		"sys dir 755 @7",
		"tmp dir 1777 @7",
		"var dir 755 @7",
		"var/run dir 755 @7",
		"var/tmp dir 1777 @7",
	]);
});

test("nothing is made below a file, or a loop of symlinks", () => {
	const root = directory({ usr: symlink("usr"), var: symlink("/var") });
	const lines = finished(root);
	expect(lines).toContain("var -> /var");
	expect(lines.filter((line) => line.startsWith("var"))).toHaveLength(1);
	expect(lines).toContain("proc dir 755 @7");
});

test("what is there is left alone, whatever it is", () => {
	const root = directory({
		dev: directory({}, { mode: 0o700 }),
		proc: file("not a directory"),
		run: symlink("/nowhere"),
		sys: directory({}),
		tmp: directory({}, { mode: 0o755 }),
		var: directory({ run: symlink("/run"), tmp: directory({}) }),
	});
	const before = listTree(rootfs(root));
	expect(finished(root)).toEqual(before);
});

test("var is looked up inside the root", () => {
	const root = directory({ data: directory({}), var: symlink("/../data") });
	expect(finished(root)).toContain("data/tmp dir 1777 @7");
	const dangling = directory({ var: symlink("a/b") });
	expect(finished(dangling)).toEqual(expect.arrayContaining(["a/b dir 755 @7", "a/b/run dir 755 @7"]));
	expect(finished(directory({ var: file("x") }))).toContain('var "x" 644');
});

test("the emulator goes, and nothing else", () => {
	const binaries = (): ReturnType<typeof directory> =>
		directory({ "qemu-arm-static": file("q"), "qemu-aarch64-static": file("q"), sh: file("s") });
	const root = directory({ usr: directory({ bin: binaries() }) });
	const bin = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("usr/bin/"));
	expect(bin(finished(root))).toEqual(['usr/bin/qemu-aarch64-static "q" 644', 'usr/bin/sh "s" 644']);
	expect(bin(finished(directory({ usr: directory({ bin: binaries() }) }), false))).toHaveLength(3);
	const folder = directory({ usr: directory({ bin: directory({ "qemu-arm-static": directory({}) }) }) });
	expect(bin(finished(folder))).toEqual(["usr/bin/qemu-arm-static dir 755"]);
});
