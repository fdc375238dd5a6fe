import { createHash } from "node:crypto";
import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
import { describe, expect, test } from "vitest";
import { readData } from "../../../src/compare/page/data.js";
import { squarify } from "../../../src/compare/page/squarify.js";
import { buildTree } from "../../../src/compare/page/tree.js";
import { htmlReport } from "../../../src/compare/report/html.js";
import { pageLeaves } from "../../../src/compare/report/page-data.js";
import { type PlatformReport, reportPlatform } from "../../../src/compare/report/platform-report.js";
import { directory, file, noise } from "../../support/inodes.js";
import { reportOf, sideOf } from "../../support/weighed-packages.js";

const HOSTILE = [
	"</script><script>alert(1)</script>".replaceAll("/", "\\"),
	"<!--<script>",
	"<img src=x onerror=alert(1)>",
	"\u202egpj.exe",
	"line\nbreak",
	"n".repeat(255),
	"'\"&amp; ]]>",
	"\ud83d\ude00",
];

const page = (...platforms: PlatformReport[]): string => htmlReport({ platforms, missing: [], budgets: [] });

const hostile = (): Promise<PlatformReport> => {
	const files = (body: string) => Object.fromEntries(HOSTILE.map((name) => [name, file(`${body} ${name}`)]));
	return reportOf(
		{ root: directory(files("old")) },
		{ root: directory({ ...files("new"), more: file("x") }) },
	);
};

/** The document, the errors that its parser found, and all elements in it. */
function read(text: string) {
	const errors: string[] = [];
	const document = parse(text, { onParseError: ({ code }) => errors.push(code) });
	const elements: Tree.Element[] = [];
	const walk = (node: Tree.ParentNode): void => {
		for (const child of node.childNodes) {
			if (!("tagName" in child)) continue;
			elements.push(child);
			walk(child);
		}
	};
	walk(document);
	const named = (name: string) => elements.filter(({ tagName }) => tagName === name);
	const attribute = (element: Tree.Element, name: string) =>
		element.attrs.find((each) => each.name === name)?.value;
	const text0 = (element: Tree.Element) => (element.childNodes[0] as Tree.TextNode).value;
	return { errors, elements, named, attribute, text: text0 };
}

const dataOf = (text: string) => {
	const { named, attribute, text: content } = read(text);
	return readData(content(named("script").find((each) => attribute(each, "id") === "data")!));
};

describe("names of files are hostile", () => {
	test("the page stays well-formed, and has only its own elements", async () => {
		const { errors, elements, named } = read(page(await hostile()));
		expect(errors).toEqual([]);
		expect(named("script")).toHaveLength(2);
		expect(named("img")).toEqual([]);
		const handlers = elements.flatMap(({ attrs }) => attrs.filter(({ name }) => /^on|^style$/.test(name)));
		expect(handlers).toEqual([]);
	});

	test("the script reads them as they are shown", async () => {
		const report = await hostile();
		const paths = dataOf(page(report))[0]!.leaves.map(({ path }) => path);
		expect(paths).toEqual(
			pageLeaves(report)
				.map(({ path }) => path)
				.sort(),
		);
		expect(paths).toContain("demo/root.squashfs/\\u202egpj.exe");
		expect(paths).toContain("demo/root.squashfs/line\\x0abreak");
		expect(paths).toContain(`demo/root.squashfs/${"\ud83d\ude00"}`);
	});
});

test("the policy lets the page's own script and style run, and nothing else", async () => {
	const { named, attribute, text } = read(page(await hostile()));
	const hash = (element: Tree.Element) =>
		`'sha256-${createHash("sha256").update(text(element)).digest("base64")}'`;
	const policy = named("meta")
		.map((each) => attribute(each, "content"))
		.find((value) => value?.startsWith("default-src"));
	const script = named("script").find((each) => attribute(each, "id") === undefined)!;
	expect(policy).toBe(
		`default-src 'none'; style-src ${hash(named("style")[0]!)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`,
	);
	expect(text(script) + text(named("style")[0]!)).not.toMatch(
		/https?:|url\(|fetch\(|XMLHttpRequest|import\(/,
	);
});

test("without its script the page is a table of what weighs most", async () => {
	const before = { root: directory({ small: file("s"), large: file(noise(5000, 1)) }) };
	const after = { root: directory({ small: file("small"), large: file(noise(9000, 2)) }) };
	const { named } = read(page(await reportOf(before, after)));
	const cells = named("b").map((element) => (element.childNodes[0] as Tree.TextNode).value);
	expect(cells.slice(0, 2)).toEqual(["large", "⟨padding⟩"]);
	expect(cells).toContain("small");
});

test("the same report gives the same bytes", async () => {
	expect(page(await hostile())).toBe(page(await hostile()));
});

test("weights on the page add up to the objects", async () => {
	const report = await reportOf(
		{ root: directory({ a: file(noise(5000, 1)), gone: file("gone") }) },
		{ root: directory({ a: file(noise(6000, 2)), d: directory({ b: file("b") }) }) },
	);
	const [platform] = dataOf(page(report));
	const root = buildTree(platform!.leaves);
	expect(root.stored).toBe(report.new.objects);
	expect(root.growth).toBe(report.new.objects - report.old!.objects);
	expect(platform!.leaves.find(({ path }) => path.endsWith("/gone"))).toMatchObject({
		stored: 0,
		change: "removed",
	});
});

/** Small files share a block: one that changes gives the others another share of it. */
const sharing = async (): Promise<PlatformReport> => {
	const files = (changed: Uint8Array) =>
		directory({
			a: file(changed),
			b: file(noise(700, 2)),
			c: file(Buffer.alloc(3000, "text")),
			d: directory({}, { mode: changed.length > 500 ? 0o700 : 0o755 }),
			[changed.length > 500 ? "new" : "gone"]: file("x"),
		});
	return await reportOf({ root: files(noise(300, 1)) }, { root: files(noise(9000, 3)) });
};

test("what the map counts is what the report counts: files, names that differ, and growth", async () => {
	const report = await sharing();
	const [platform] = dataOf(page(report));
	const root = buildTree(platform!.leaves);
	expect([root.files, root.changes]).toEqual([report.new.files, report.changes.length]);
	expect(root.growth).toBe(report.new.objects - report.old!.objects);
	const moved = platform!.leaves.filter(({ change, growth }) => change === undefined && growth !== 0);
	expect(moved.map(({ path }) => path)).toContain("demo/root.squashfs/b");
});

test("objects and tables that differ have a colour, and are not counted as names", async () => {
	const tree = { root: directory({ a: file("a") }) };
	const side = (text: string) => sideOf({ "demo/root.squashfs": tree, "demo/initrd": Buffer.from(text) });
	const report = await reportPlatform(await side("old"), await side("newer"));
	const root = buildTree(dataOf(page(report))[0]!.leaves);
	expect(root).toMatchObject({ differs: true, changes: 0, files: 1, growth: 2 });
});

test("a directory with other attributes is still opened on the map", async () => {
	const tree = (mode: number) => ({
		root: directory({ bin: directory({ app: file(noise(5000, 1)) }, { mode }) }, { mode }),
	});
	const [platform] = dataOf(page(await reportOf(tree(0o755), tree(0o700))));
	const image = buildTree(platform!.leaves).children.get("demo")!.children.get("root.squashfs")!;
	expect([image.leaf, image.children.get("bin")!.leaf]).toEqual([undefined, undefined]);
	expect(image.children.get("bin")!.children.get("app")!.leaf).toMatchObject({ size: 5000 });
});

test("20,000 files are less than a mebibyte", async () => {
	const report = await reportOf(undefined, { root: directory({}) });
	const files = Array.from({ length: 20_000 }, (_, i) => {
		const path = `usr/lib/python3/dist-packages/package_${i % 137}/part_${i % 11}/module_${i}.cpython-311-arm.so`;
		return { volume: "demo/root.squashfs", path, size: (i * 7919) % 1_000_000, stored: (i * 7919) % 400_000 };
	});
	expect(Buffer.byteLength(page({ ...report, files: () => files }))).toBeLessThan(1 << 20);
});

describe("a treemap", () => {
	const area = { x: 0, y: 0, width: 600, height: 400 };

	test("has areas in proportion, inside of the rectangle", () => {
		const weights = [6, 6, 4, 3, 2, 2, 1];
		const tiles = squarify(weights, area);
		const unit = (600 * 400) / 24;
		for (const [i, { x, y, width, height }] of tiles.entries()) {
			expect(width * height).toBeCloseTo(weights[i]! * unit, 3);
			expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
			expect(x + width).toBeLessThan(600.001);
			expect(y + height).toBeLessThan(400.001);
		}
	});

	test("has tiles that are nearly square", () => {
		const ratios = squarify([6, 6, 4, 3, 2, 2, 1], area).map(({ width, height }) =>
			Math.max(width / height, height / width),
		);
		// The example of the paper: none is longer than 25/9.
		expect(Math.max(...ratios)).toBeLessThan(25 / 9 + 0.01);
	});

	test("of nothing is nothing", () => {
		expect(squarify([], area)).toEqual([]);
		expect(squarify([0], area)).toEqual([{ x: 0, y: 0, width: 0, height: 0 }]);
	});
});
