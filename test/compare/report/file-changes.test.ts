import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlatformReport, reportPlatform } from "../../../src/compare/report/platform-report.js";
import { directory, file, noise, symlink } from "../../support/inodes.js";
import { randomTree } from "../../support/random-tree.js";
import { reportOf, sideOf } from "../../support/weighed-packages.js";

const shown = ({ changes }: PlatformReport) => changes.map(({ path, change }) => `${change} ${path}`).sort();

test("what was added, removed or changed, and how", async () => {
	const before = {
		root: directory({
			gone: file("old"),
			same: file("same"),
			longer: file("short"),
			equalSize: file("abc"),
			mode: file("mode"),
			link: symlink("one"),
			kind: file("was a file"),
			xattr: file("x"),
		}),
	};
	const after = {
		root: directory({
			fresh: file("new"),
			same: file("same"),
			longer: file("long, by now"),
			equalSize: file("abd"),
			mode: file("mode", { mode: 0o4755 }),
			link: symlink("two"),
			kind: directory({}),
			xattr: file("x", { xattrs: { "user.a": Buffer.from("b") } }),
		}),
	};
	expect(shown(await reportOf(before, after))).toEqual([
		"added fresh",
		"attributes mode",
		"attributes xattr",
		"content equalSize",
		"content link",
		"content longer",
		"kind kind",
		"removed gone",
	]);
});

describe("only contents decide whether a file changed", () => {
	const tree = (first: string) => ({
		root: directory({ a: file(first), big: file(noise(20_000, 1)), tail: file("a tail") }),
	});

	test("not where they lie", async () => {
		expect(shown(await reportOf(tree("x"), tree("another, which moves the others")))).toEqual(["content a"]);
	});

	test("not how they are compressed", async () => {
		const old = await sideOf({ "d/root.squashfs": tree("x") }, { blockSize: 4096 });
		const next = await sideOf({ "d/root.squashfs": tree("x") }, { blockSize: 8192, rawData: true });
		expect(shown(await reportPlatform(old, next))).toEqual([]);
	});

	test("in blocks of the same length", async () => {
		const changed = Buffer.from(noise(20_000, 1));
		changed[10_000]! ^= 1;
		const before = { root: directory({ f: file(noise(20_000, 1)) }) };
		const after = { root: directory({ f: file(changed) }) };
		expect(shown(await reportOf(before, after, { blockSize: 4096 }))).toEqual(["content f"]);
	});
});

test("an image has no changes beside itself, and those of two are each other's reverse", async () => {
	const reversed = (text: string) =>
		text.replace(/^\w+/, (word) => ({ added: "removed", removed: "added" })[word] ?? word);
	await fc.assert(
		fc.asyncProperty(randomTree, randomTree, async (a, b) => {
			expect(shown(await reportOf(a, a))).toEqual([]);
			const forth = shown(await reportOf(a, b));
			expect(
				shown(await reportOf(b, a))
					.map(reversed)
					.sort(),
			).toEqual(forth);
		}),
		{ numRuns: 25 },
	);
});

test("the largest growth comes first, whatever its direction", async () => {
	const before = { root: directory({ a: file(noise(9000, 1)), b: file("b"), c: file(noise(500, 2)) }) };
	const after = { root: directory({ a: file("a"), b: file(noise(2000, 3)), c: file(noise(600, 4)) }) };
	const { changes } = await reportOf(before, after, { rawData: true, rawFragments: true });
	expect(changes.map(({ path, old, new: next }) => [path, old?.stored, next?.stored])).toEqual([
		["a", 9000, 1],
		["b", 1, 2000],
		["c", 500, 600],
	]);
});

test("many fragment blocks are compared by workers, with the same result", async () => {
	const body = (i: number, seed: number) =>
		`${seed} ${"text ".repeat(300)}${Buffer.from(noise(1000, i + 1)).toString("hex")}`;
	const files = (seed: number) =>
		Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, file(body(i, i < 3 ? seed : 0))]));
	const tree = (seed: number) => ({ root: directory(files(seed)) });
	// Another level: no block has the same bytes, so that all are expanded.
	const level = (n: number) => ({
		blockSize: 4096,
		compressor: { name: "gzip", level: n, windowLog: 15 } as const,
	});
	const [old, next] = [
		await sideOf({ "d/root.squashfs": tree(1) }, level(1)),
		await sideOf({ "d/root.squashfs": tree(2) }, level(9)),
	];
	expect(shown(await reportPlatform(old, next))).toEqual(["content f0", "content f1", "content f2"]);
});
