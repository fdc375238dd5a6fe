import { expect, test } from "vitest";
import { formatReport } from "../../../src/compare/report/index.js";
import { reportPlatform } from "../../../src/compare/report/platform-report.js";
import { directory, file, noise } from "../../support/inodes.js";
import { sideOf } from "../../support/weighed-packages.js";

const tree = (seed: number) => ({ root: directory({ f: file(noise(9000, seed)) }) });
const conf = (text: string) => Buffer.from(text);

test("objects are new, reused under any name, or removed", async () => {
	const old = await sideOf({
		"a/root.squashfs": tree(1),
		"a/lxc.container.conf": conf("a\n"),
		"b/gone": conf("gone"),
	});
	const next = await sideOf({ "c/root.squashfs": tree(1), "a/lxc.container.conf": conf("a\nb\n") });
	const { objects, ota } = await reportPlatform(old, next);
	expect(objects.map(({ path, change, size }) => [path, change, size])).toEqual([
		["c/root.squashfs", "reused", expect.any(Number)],
		["a/lxc.container.conf", "new", 4],
		["a/lxc.container.conf", "removed", 2],
		["b/gone", "removed", 4],
	]);
	expect(ota?.objects).toBe(4);
});

test("lines of text files and values of documents that differ", async () => {
	const old = await sideOf({
		"a/lxc.container.conf": conf("one\ntwo\nthree\n"),
		"a/run.json": { name: "a", volumes: ["x"], deep: { gone: true } },
		"_sigs/a.json": { protected: "old" },
		"a/gone.json": {},
	});
	const next = await sideOf({
		"a/lxc.container.conf": conf("one\n2\nthree\nthree\n"),
		"a/run.json": { volumes: ["y"], name: "a", deep: {} },
		"_sigs/a.json": { protected: "new" },
		"a/blob": noise(100, 1),
	});
	expect((await reportPlatform(old, next)).config).toEqual([
		{ path: "a/gone.json", change: "removed", removed: ["{}"], added: [] },
		{ path: "a/lxc.container.conf", change: "content", removed: ["two"], added: ["2", "three"] },
		{
			path: "a/run.json",
			change: "content",
			removed: ['volumes[0]: "x"', "deep.gone: true"],
			added: ['volumes[0]: "y"', "deep: {}"],
		},
	]);
});

test("a package by itself has sizes, and nothing to compare with", async () => {
	const side = await sideOf({ "a/root.squashfs": tree(1) }, { size: 7777 });
	const report = await reportPlatform(undefined, side);
	expect(report).toMatchObject({
		old: undefined,
		ota: undefined,
		changes: [],
		config: [],
		new: { size: 7777, files: 1 },
	});
	const text = formatReport({ platforms: [report], missing: [], budgets: [] });
	expect(text).toContain("PACKAGE  7.78 kB  1 file");
	expect(text).toContain("STORED     SIZE  FILE\n  9.00 kB  9.00 kB  f");
});

test("a name cannot steer the terminal", async () => {
	const hostile = { root: directory({ "\u001b[31m\u202e\nx": file("1") }) };
	const report = await reportPlatform(
		await sideOf({ "a/root.squashfs": tree(1) }),
		await sideOf({ "a/root.squashfs": hostile }),
	);
	const text = formatReport({ platforms: [report], missing: [], budgets: [] });
	expect(text).toContain("\\x1b[31m\\u202e\\x0ax");
	expect(text).not.toMatch(/[^\P{C}\n]/u);
});
