import { describe, expect, test } from "vitest";
import { checkBudgets } from "../../../src/compare/report/budget-check.js";
import { htmlReport } from "../../../src/compare/report/html.js";
import {
	formatReport,
	markdownReport,
	parseBudgetExpression,
	reportDocument,
} from "../../../src/compare/report/index.js";
import { comparePackages } from "../../../src/compare/report/package-changes.js";
import { type PlatformReport, reportPlatform } from "../../../src/compare/report/platform-report.js";
import type { WeighedImage } from "../../../src/compare/report/weighing.js";
import type { RootfsTree } from "../../../src/image/rootfs/index.js";
import { treeOf } from "../../support/catalogue-trees.js";
import { device, noise } from "../../support/inodes.js";
import { sideOf } from "../../support/weighed-packages.js";

const OS = { "etc/os-release": 'ID=debian\nVERSION_ID="12"\n' };
const SITE = "usr/lib/python3/dist-packages";

/** dpkg's files for packages with the files that they list. */
function debs(packages: Readonly<Record<string, { version: string; files?: readonly string[] }>>) {
	const status = Object.entries(packages).map(
		([name, { version }]) =>
			`Package: ${name}\nStatus: install ok installed\nArchitecture: arm64\nVersion: ${version}\n\n`,
	);
	const lists = Object.entries(packages).map(([name, { files = [] }]) => [
		`var/lib/dpkg/info/${name}.list`,
		["/.", ...files.map((file) => `/${file}`), ""].join("\n"),
	]);
	return { ...OS, "var/lib/dpkg/status": status.join(""), ...Object.fromEntries(lists) };
}

const wheel = (name: string, version: string, files: readonly string[]) => ({
	[`${SITE}/${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
	[`${SITE}/${name}-${version}.dist-info/RECORD`]: files.map((file) => `${file},,\n`).join(""),
});

const node = (directory: string, name: string, version: string, more: object = {}) => ({
	[`${directory}/package.json`]: JSON.stringify({ name, version, ...more }),
});

async function weigh(before: RootfsTree | undefined, after: RootfsTree): Promise<PlatformReport> {
	const side = (tree: RootfsTree) => sideOf({ "d/root.squashfs": tree }, { blockSize: 4096 });
	return await reportPlatform(before && (await side(before)), await side(after), comparePackages);
}

/** What hides a name of the image below an overlay. */
const whiteout = device("character-device", 0, 0);

const whole = (report: PlatformReport) => ({ platforms: [report], missing: [], budgets: [] });
const names = ({ packages }: PlatformReport) => packages.map(({ name }) => name);

/** Packages and the rest are all files of all images, on both sides. */
function expectSums({ packages, otherFiles, volumes }: PlatformReport): void {
	for (const side of ["old", "new"] as const) {
		const rest = otherFiles[side] ?? { files: 0, stored: 0 };
		const sum = (key: "files" | "stored") =>
			packages.reduce((total, each) => total + (each[side]?.[key] ?? 0), rest[key]);
		const files = volumes.reduce((total, each) => total + (each[side]?.files ?? 0), 0);
		const stored = volumes.reduce(
			(total, each) => total + (each[side]?.rows.find(({ name }) => name === "files")?.bytes ?? 0),
			0,
		);
		expect([sum("files"), sum("stored")]).toEqual([files, stored]);
	}
}

const OPENSSL = ["usr/bin/openssl", "usr/lib/libssl.so"];
const before = treeOf({
	...debs({
		openssl: { version: "3.0.14", files: OPENSSL },
		bash: { version: "5.2", files: ["bin/bash"] },
		tzdata: { version: "1", files: ["usr/share/zone"] },
		gone: { version: "1", files: ["usr/bin/gone"] },
	}),
	"usr/bin/openssl": noise(9000, 1),
	"usr/lib/libssl.so": noise(20_000, 2),
	"bin/bash": noise(10_000, 3),
	"usr/share/zone": noise(5000, 4),
	"usr/bin/gone": noise(3000, 5),
	...wheel("flask", "2.0", ["flask/a.py"]),
	[`${SITE}/flask/a.py`]: noise(2000, 6),
	loose: noise(1000, 7),
});
const after = treeOf({
	...debs({
		openssl: { version: "3.0.15", files: [...OPENSSL, "usr/lib/more.so"] },
		bash: { version: "5.2", files: ["bin/bash"] },
		tzdata: { version: "1", files: ["usr/share/zone"] },
		fresh: { version: "7", files: ["usr/bin/fresh"] },
	}),
	"usr/bin/openssl": noise(9100, 8),
	"usr/lib/libssl.so": noise(20_000, 2),
	"usr/lib/more.so": noise(30_000, 9),
	"bin/bash": noise(10_000, 3),
	"usr/share/zone": noise(7000, 10),
	"usr/bin/fresh": noise(6000, 11),
	...wheel("flask", "2.1", ["flask/a.py"]),
	[`${SITE}/flask/a.py`]: noise(2100, 12),
	loose: noise(1500, 13),
});

describe("packages that differ", () => {
	test("by version or by a file, with what their files weigh, the largest growth first", async () => {
		const report = await weigh(before, after);
		expectSums(report);
		expect(names(report)).toEqual([
			"debian/openssl",
			"debian/fresh",
			"debian/gone",
			"debian/tzdata",
			"flask",
		]);
		const [openssl, fresh, gone, tzdata] = reportDocument(whole(report)).platforms[0]!.packages;
		expect(openssl).toMatchObject({
			type: "deb",
			before: ["3.0.14"],
			after: ["3.0.15"],
			kept: [],
			old: { files: 2, size: 29_000 },
			new: { files: 3, size: 59_100 },
		});
		expect(openssl!.new!.stored).toBeGreaterThan(59_000);
		expect(fresh).toMatchObject({ before: [], after: ["7"], old: null, new: { files: 1, size: 6000 } });
		expect(gone).toMatchObject({ before: ["1"], after: [], old: { files: 1, size: 3000 }, new: null });
		// Its version is the same, and its file is not.
		expect(tzdata).toMatchObject({
			before: [],
			after: [],
			kept: ["1"],
			old: { size: 5000 },
			new: { size: 7000 },
		});
	});

	test("in the table of the terminal", async () => {
		const text = formatReport(whole(await weigh(before, after)));
		const lines = text.slice(text.indexOf("Packages that differ")).split("\n");
		expect(lines.slice(1, 7).map((line) => line.replace(/ {2,}/g, "  "))).toEqual([
			expect.stringMatching(
				/^ {2}\+30\.\d kB {2}debian\/openssl 3\.0\.14 → 3\.0\.15 {2}3 files, stored 59\.\d kB$/,
			),
			expect.stringMatching(/debian\/fresh 7 \(new\) {2}1 file, stored 6/),
			expect.stringMatching(/^ {2}−3\.\d+ kB {2}debian\/gone 1 \(removed\)/),
			expect.stringMatching(/debian\/tzdata 1 {2}1 file/),
			expect.stringMatching(/flask 2\.0 → 2\.1/),
			expect.stringMatching(/files of other packages, or of none {2}\d+ files, stored/),
		]);
	});

	test("in Markdown and on the page", async () => {
		const report = whole(await weigh(before, after));
		expect(markdownReport(report)).toMatch(
			/\| Growth \| Stored \| Files \| Package \|\n\| ---: \| ---: \| ---: \| --- \|\n\| \+30\.\d\u00a0kB \| 59\.\d\u00a0kB \| 3 \| <code>debian\/openssl 3\.0\.14 → 3\.0\.15<\/code> \|/,
		);
		expect(htmlReport(report)).toMatch(
			/<tr><th scope="row">debian\/openssl<\/th><td class="version">3\.0\.14 → 3\.0\.15<\/td><td class="num count" data-value="3">3<\/td><td class="num " data-value="59\d{3}">59\.\d kB<\/td><td class="num grown" data-value="30\d{3}">\+30\.\d kB<\/td><\/tr>/,
		);
	});

	test("files that only moved among others say nothing of packages", async () => {
		const report = await weigh(before, treeOf({ ...filesOf(before), more: noise(500, 14) }));
		expect(report.changes.map(({ path }) => path)).toEqual(["more"]);
		expect(report.packages).toEqual([]);
		expectSums(report);
	});

	test("a package without files of its own has no weight", async () => {
		const files = ["usr/lib/python3/dist-packages/flask/a.py"];
		const tree = (version: string) => {
			const listed = wheel("flask", version, ["flask/a.py"]);
			return treeOf({
				...debs({ "python3-flask": { version, files: [...files, ...Object.keys(listed)] } }),
				...listed,
				[files[0]!]: noise(2000, 1),
			});
		};
		const report = await weigh(tree("1"), tree("2"));
		expect(report.packages.map(({ name, new: weight }) => [name, weight?.files])).toEqual([
			["debian/python3-flask", 3],
			["flask", undefined],
		]);
		expectSums(report);
		expect(formatReport(whole(report))).toMatch(/\n +flask 1 → 2\n/);
	});
});

describe("packages of Node are known by their directories", () => {
	const APP = "srv/node_modules";
	const tree = (text: string, version = "1.0.0") =>
		treeOf({
			...node(`${APP}/outer`, "outer", "3.0.0"),
			[`${APP}/outer/index.js`]: text,
			...node(`${APP}/outer/node_modules/inner`, "inner", "2.0.0"),
			[`${APP}/outer/node_modules/inner/index.js`]: noise(4000, 1),
			...node(`${APP}/@s/other`, "@s/other", version),
			[`${APP}/@s/other/index.js`]: noise(3000, 2),
		});

	test("a file that differs makes its package differ, without those in it", async () => {
		const report = await weigh(tree("one"), tree("another"));
		expect(report.packages).toMatchObject([
			{ type: "npm", name: "outer", kept: ["3.0.0"], old: { files: 2 }, new: { files: 2 } },
		]);
		expectSums(report);
	});

	test("a version that differs", async () => {
		const report = await weigh(tree("one"), tree("one", "1.0.1"));
		expect(report.packages).toMatchObject([
			{ name: "@s/other", before: ["1.0.0"], after: ["1.0.1"], new: { files: 2 } },
		]);
	});
});

describe("inspect --sizes", () => {
	test("weighs all packages, the heaviest first", async () => {
		const report = await weigh(undefined, after);
		expect(names(report)).toEqual([
			"debian/openssl",
			"debian/bash",
			"debian/tzdata",
			"debian/fresh",
			"flask",
		]);
		expectSums(report);
		expect(reportDocument(whole(report)).platforms[0]!.otherFiles.old).toBeNull();
		const text = formatReport(whole(report));
		expect(text).toMatch(/Largest packages\n {2}59\.\d kB {2}debian\/openssl 3\.0\.15 +3 files\n/);
		expect(text).toMatch(/files of no package +\d+ files\n?/);
		expect(text).not.toContain("(new)");
		expect(htmlReport(whole(report))).not.toContain("<small>new</small>");
	});
});

describe("an overlay's files belong to the packages that the image below it lists", () => {
	const below = treeOf({
		...debs({
			tool: { version: "1", files: ["usr/bin/tool", "usr/bin/sh"] },
			shell: { version: "2", files: ["usr/bin/sh"] },
		}),
		"var/lib/dpkg/diversions": "/usr/bin/sh\n/usr/bin/sh.real\nshell\n",
		"usr/bin/tool": noise(5000, 1),
		"usr/bin/sh": noise(5000, 2),
	});
	const overlay = (seed: number): RootfsTree =>
		treeOf({
			"usr/bin/tool": noise(3000, seed),
			"usr/bin/sh": noise(2000, seed + 1),
			"usr/bin/sh.real": noise(1000, seed + 2),
			mine: noise(500, seed + 3),
		});
	/** The image with the overlay, of one container or of two. */
	const side = (base: string, seed: number) =>
		sideOf({
			[`${base}/root.squashfs`]: below,
			"app/root.ovl.squashfs": overlay(seed),
			"app/src.json": base === "app" ? {} : { base },
		});

	test.each(["app", "system"])("of the container %s", async (base) => {
		const report = await reportPlatform(await side(base, 10), await side(base, 20), comparePackages);
		const weights = report.packages.map(({ name, old, new: next }) => [name, old?.size, next?.size]);
		expect(weights).toEqual([
			["debian/tool", 4000, 4000],
			["debian/shell", 2000, 2000],
		]);
		expect(report.looseChanges.map(({ path }) => path)).toEqual(["mine"]);
		expectSums(report);
	});

	test("up to a limit of the images below, which is named", async () => {
		const found = async (change: (image: WeighedImage) => WeighedImage) => {
			const warnings: string[] = [];
			const report = await reportPlatform(undefined, await side("system", 10), (volumes) => {
				const changed = volumes.map((volume) => {
					const image = volume.below.new;
					return { ...volume, below: { old: undefined, new: image && change(image) } };
				});
				return comparePackages(changed, (message) => void warnings.push(message));
			});
			return { warnings, files: report.packages.find(({ name }) => name === "debian/tool")!.new!.files };
		};
		expect(await found((image) => image)).toEqual({ warnings: [], files: 3 });
		expect(await found(withLargeFiles)).toEqual({
			warnings: [expect.stringContaining("only 256 MiB of the images below overlays")],
			files: 1,
		});
	});

	test("and not to those that it hides", async () => {
		const files = filesOf(below);
		const hidden = treeOf({
			...files,
			"var/lib/dpkg/status.d/extra": "Package: extra\nVersion: 1\n\n",
			"var/lib/dpkg/info/extra.list": "/mine\n",
		});
		const names = async (hides: boolean) => {
			const top = treeOf({
				mine: noise(500, 1),
				...(hides && { "var/lib/dpkg/status.d/extra": whiteout }),
			});
			const only = await sideOf({ "app/root.squashfs": hidden, "app/root.ovl.squashfs": top });
			const { packages } = await reportPlatform(undefined, only, comparePackages);
			return packages.find(({ name }) => name === "debian/extra")?.new ?? null;
		};
		expect(await names(false)).toMatchObject({ files: 1, size: 500 });
		expect(await names(true)).toBeNull();
	});
});

test("a budget that is not kept names packages before their files", async () => {
	const report = await weigh(before, after);
	const [result] = checkBudgets({ ...report, old: { ...report.old!, size: 1 } }, [
		parseBudgetExpression("growth=1K"),
	]);
	expect(result!.causes).toEqual([
		expect.stringMatching(/^\+30\.\d kB debian\/openssl 3\.0\.14 → 3\.0\.15, most of it usr\/lib\/more\.so$/),
		expect.stringMatching(/^\+6\.\d+ kB debian\/fresh 7 \(new\), most of it usr\/bin\/fresh$/),
		expect.stringMatching(/^\+2\.\d+ kB debian\/tzdata 1, most of it usr\/share\/zone$/),
	]);
});

test("long and hostile names of packages stay in their cells", async () => {
	const name = `${"x".repeat(500)}</td><script>|\u202e`;
	const tree = (version: string) => treeOf({ ...node("node_modules/p", name, version) });
	const report = whole(await weigh(tree("1"), tree("2")));
	for (const text of [formatReport(report), htmlReport(report), markdownReport(report)]) {
		expect(text).not.toContain("x".repeat(121));
		expect(text).not.toContain("\u202e");
	}
	expect(reportDocument(report).platforms[0]!.packages[0]!.name).toBe(name);
});

test("a page of many packages says how many it does not list", async () => {
	const many = Object.fromEntries(
		Array.from({ length: 600 }, (_, i) => [`p${i}`, { version: "1", files: [`f${i}`] }]),
	);
	const report = await weigh(undefined, treeOf(debs(many)));
	const page = htmlReport(whole(report));
	expect(page).toContain("and 100 more; --json has all");
	expect(page.match(/<th scope="row">debian\/p/g)).toHaveLength(500);
});

/** An image whose files are said to have 256 MiB each; they are not read. */
function withLargeFiles(image: WeighedImage): WeighedImage {
	const outline = image.outline.map((entry) =>
		entry.kind === "file" ? { ...entry, content: { ...entry.content, size: 2 ** 28 } } : entry,
	);
	return { ...image, outline };
}

/** The files of a tree by their paths, as `treeOf` takes them. */
function filesOf({ root }: RootfsTree, above = ""): Parameters<typeof treeOf>[0] {
	const found = [...root.entries].map(([name, inode]) =>
		inode.kind === "directory"
			? filesOf({ root: inode }, `${above}${name}/`)
			: { [`${above}${name}`]: inode },
	);
	return Object.assign({}, ...found);
}
