import fc from "fast-check";
import { expect, test } from "vitest";
import { walkTogether } from "../../../src/compare/report/walk-together.js";
import { openImage } from "../../../src/doors/squashfs.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { directory, file } from "../../support/inodes.js";
import { randomTree } from "../../support/random-tree.js";
import { imageBytes } from "../../support/squashfs-images.js";

type Tree = Parameters<typeof imageBytes>[0];

async function pairs(before: Tree, after: Tree) {
	const [a, b] = await Promise.all([before, after].map((tree) => imageBytes(tree)));
	const [old, next] = [openImage(bufferContent(a!)), openImage(bufferContent(b!))];
	return [...walkTogether(old.entries(), next.entries())];
}

test("what is in a directory comes before a name that is the directory's and more", async () => {
	const inside = { root: directory({ a: directory({ x: file("x") }), "a-b": file("b") }) };
	const beside = { root: directory({ a: file("no directory"), "a!": file("b"), "a-b": file("b") }) };
	const seen = (await pairs(inside, beside)).map(({ old, new: next }) => [old?.path, next?.path]);
	expect(seen).toEqual([
		["", ""],
		["a", "a"],
		["a/x", undefined],
		[undefined, "a!"],
		["a-b", "a-b"],
	]);
});

test("every name of two images comes once, with what both have under it", async () => {
	await fc.assert(
		fc.asyncProperty(randomTree, randomTree, async (before, after) => {
			const walked = await pairs(before, after);
			for (const side of ["old", "new"] as const) {
				const others = await pairs(side === "old" ? before : after, { root: directory({}) });
				const own = walked.flatMap((pair) => pair[side]?.path ?? []);
				expect(own).toEqual(others.flatMap(({ old }) => old?.path ?? []));
			}
			const paths = walked.map(({ old, new: next }) => (old ?? next)!.path);
			expect(new Set(paths).size).toBe(paths.length);
		}),
		{ numRuns: 25 },
	);
});
