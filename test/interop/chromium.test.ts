import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { htmlReport } from "../../src/compare/report/index.js";
import type { PackageChange } from "../../src/compare/report/platform-report.js";
import { Chromium } from "../support/chromium.js";
import { directory, file, noise } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { reportOf } from "../support/weighed-packages.js";

const directoryOfTest = mkdtempSync(join(tmpdir(), "pvpkg-report-"));
afterAll(() => rmSync(directoryOfTest, { recursive: true, force: true }));

/** Resolves when there is something in the page for each selector: it draws when the browser has laid it out. */
const drawn = (selectors: readonly string[]): string => `new Promise((resolve) => {
	const look = () => ${JSON.stringify(selectors)}.every((one) => document.querySelector(one)) ? resolve() : setTimeout(look, 20);
	look();
})`;

/** Opens a page in Chromium, and uses it once it has drawn these selectors. */
async function inPage<T>(
	page: string,
	selectors: readonly string[],
	use: (browser: Chromium) => Promise<T>,
): Promise<T> {
	const path = join(directoryOfTest, "page.html");
	writeFileSync(path, page);
	const browser = await Chromium.start();
	try {
		await browser.open(path);
		await browser.evaluate(drawn(selectors));
		return await use(browser);
	} finally {
		await browser.close();
	}
}

/** Returns the value of an expression in a page. */
function valueIn<T>(page: string, selectors: readonly string[], expression: string): Promise<T> {
	return inPage(page, selectors, (browser) => browser.evaluate<T>(expression));
}

/** Presses a key as a person does: the browser decides what it does to what has the focus. */
async function press(browser: Chromium, key: "Enter" | "Tab" | "ArrowDown"): Promise<void> {
	const code = { Enter: 13, Tab: 9, ArrowDown: 40 }[key];
	const event = { key, code: key, windowsVirtualKeyCode: code, ...(key === "Enter" && { text: "\r" }) };
	await browser.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
	await browser.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
}

needs("chromium").test("chromium draws the page of hostile names, and runs no script of theirs", async () => {
	const owned = "document.title='owned'";
	const names = [`<img src=x onerror="${owned}">`, `<svg onload=${owned}>`, `</script><script>${owned}<\\`];
	const files = Object.fromEntries(
		names.map((name, i) => [name.replaceAll("/", "\u2044"), file(noise(5000 + i, i + 1))]),
	);
	const report = await reportOf({ root: directory({}) }, { root: directory(files) });
	const config = [
		{
			path: "a/x",
			change: "content" as const,
			removed: [`</pre></script><script>${owned}</script>`],
			added: [],
		},
	];
	const page = htmlReport({ platforms: [{ ...report, config }], missing: [], budgets: [] });
	const dom = await valueIn<string>(page, [".tile", "tr[data-row]"], "document.documentElement.outerHTML");
	expect(/<title>(.*)<\/title>/.exec(dom)?.[1]).toBe("What the update to demo.tgz costs");
	expect(dom).toContain('<html lang="en" class="live">');
	expect(dom.match(/class="tile/g)!.length).toBeGreaterThanOrEqual(names.length);
	expect(dom.match(/<tr data-row=/g)!.length).toBeGreaterThanOrEqual(names.length);
});

/** Presses keys in the map, one after the other, and notes the tile that has the focus before each and at the end. */
const PRESS = `(() => {
	const focused = () => document.activeElement.getAttribute("aria-label")?.split(":")[0] ?? "nothing";
	document.querySelector(".tile").focus();
	const seen = [focused()];
	for (const key of ["ArrowRight", "Enter", "Enter", "Escape", "Escape"]) {
		document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
		seen.push(focused());
	}
	return seen.join(", ");
})()`;

needs("chromium").test("the keys of the map go down and up, and never lose the focus", async () => {
	const inner = directory({ b: directory({ c: file(noise(90_000, 1)), d: file(noise(50_000, 2)) }) });
	const tree = { root: directory({ a: inner, other: file(noise(40_000, 3)) }) };
	const page = htmlReport({ platforms: [await reportOf(undefined, tree)], missing: [], budgets: [] });
	expect(await valueIn(page, [".tile"], PRESS)).toBe("root.squashfs, b, c, c, c, c");
});

const PRINT = `(() => {
	const rows = () => document.querySelectorAll(".files tbody tr").length;
	const shown = rows();
	dispatchEvent(new Event("beforeprint"));
	const printed = [rows(), document.querySelector(".files tbody tr:last-child").textContent];
	dispatchEvent(new Event("afterprint"));
	return [...printed, rows() === shown];
})()`;

needs("chromium").test("on paper are the first 200 files, and how many there are more", async () => {
	const report = await reportOf(undefined, { root: directory({}) });
	const files = Array.from({ length: 3000 }, (_, i) => ({
		volume: "demo/root.squashfs",
		path: `f${i}`,
		size: i,
		stored: i,
	}));
	const platform = { ...report, files: () => files, volumes: [], objects: [] };
	const page = htmlReport({ platforms: [platform], missing: [], budgets: [] });
	expect(await valueIn(page, [".files tbody tr"], PRINT)).toEqual([201, "and 2,800 more", true]);
});

/** A package of a report, whose files grew from one stored size to another. */
function grown(name: string, before: number, after: number): PackageChange {
	const weight = (stored: number) => (stored === 0 ? null : { files: 1, size: stored, stored });
	const [old, next] = [weight(before), weight(after)];
	return { type: "deb", name, before: [], after: [], kept: ["1"], old, new: next, heaviest: undefined };
}

/** The names of the table of packages from top to bottom, and which column it is sorted by. */
const PACKAGES = `(() => {
	const table = document.querySelector("table.packages");
	const sorted = [...table.querySelectorAll("th[aria-sort]")].filter((head) => head.ariaSort !== "none");
	return [
		[...table.tBodies[0].rows].map((row) => row.cells[0].textContent),
		sorted.map((head) => head.textContent + " " + head.ariaSort).join(),
	];
})()`;

needs("chromium").test(
	"the table of packages is sorted by each column, with the mouse and with keys",
	async () => {
		const report = await reportOf({ root: directory({}) }, { root: directory({ f: file(noise(900, 1)) }) });
		// Sizes of another order than that of their texts, one that shrank, and two that are equal.
		const packages = [
			grown("b", 9000, 20_000),
			grown("d", 7000, 1000),
			grown("a", 300, 500),
			grown("c", 0, 500),
		];
		const page = htmlReport({ platforms: [{ ...report, packages }], missing: [], budgets: [] });
		await inPage(page, ["table.packages thead button"], async (browser) => {
			const click = (column: number) =>
				browser.evaluate(`document.querySelectorAll("table.packages thead button")[${column}].click()`);
			const seen = () => browser.evaluate(PACKAGES);
			expect(await seen()).toEqual([["b", "d", "a", "c"], ""]);
			await click(0);
			expect(await seen()).toEqual([["a", "b", "c", "d"], "Package ascending"]);
			await click(0);
			expect(await seen()).toEqual([["d", "c", "b", "a"], "Package descending"]);
			await click(3);
			// Equal ones stay in the order that they had.
			expect(await seen()).toEqual([["b", "d", "c", "a"], "Stored descending"]);
			await press(browser, "Tab");
			await browser.evaluate(`document.querySelectorAll("table.packages thead button")[4].focus()`);
			await press(browser, "Enter");
			expect(await seen()).toEqual([["b", "d", "c", "a"], "Growth descending"]);
			await press(browser, "Enter");
			expect(await seen()).toEqual([["a", "c", "d", "b"], "Growth ascending"]);
			const foot = await browser.evaluate<string>(
				`document.querySelector("table.packages tfoot").textContent`,
			);
			expect(foot).toContain("files");
		});
	},
);

needs("chromium").test("the search finds files by all of its words, whatever their case", async () => {
	const files = {
		"Big one": file(noise(30_000, 1)),
		"big two": file(noise(20_000, 2)),
		small: file(noise(9000, 3)),
	};
	const report = await reportOf(undefined, { root: directory(files) });
	const page = htmlReport({ platforms: [report], missing: [], budgets: [] });
	await inPage(page, [".files tbody tr[data-row]"], async (browser) => {
		await browser.evaluate('document.querySelector("input[type=search]").focus()');
		await browser.send("Input.insertText", { text: "BIG on" });
		const found = await browser.evaluate(`new Promise((resolve) => {
			const look = () => {
				const rows = [...document.querySelectorAll(".files tr[data-row] td.path")];
				if (rows.length < 3) resolve(rows.map((cell) => cell.title));
				else setTimeout(look, 20);
			};
			look();
		})`);
		expect(found).toEqual([expect.stringMatching(/Big one$/)]);
	});
});

/** A package with a directory that is too small in the map to be opened there. */
async function nestedPage(): Promise<string> {
	const small = directory({ deep: directory({ needle: file(noise(900, 4)), thread: file(noise(900, 5)) }) });
	const files = { big: file(noise(400_000, 1)), other: file(noise(300_000, 2)), small };
	return htmlReport({
		platforms: [await reportOf(undefined, { root: directory(files) })],
		missing: [],
		budgets: [],
	});
}

needs("chromium").test("the search dims closed directories in which it finds nothing", async () => {
	await inPage(await nestedPage(), [".tile"], async (browser) => {
		const dimmed = async (words: string) => {
			await browser.evaluate(
				`(() => { const box = document.querySelector("input[type=search]"); box.value = "${words}"; box.dispatchEvent(new Event("input")); })()`,
			);
			return browser.evaluate<string[]>(`new Promise((resolve) => setTimeout(() => resolve(
				[...document.querySelectorAll(".tile.dim")].map((tile) => tile.getAttribute("aria-label").split(":")[0]).sort()
			), 400))`);
		};
		const open = await browser.evaluate<number>('document.querySelectorAll(".tile.closed").length');
		expect(open).toBeGreaterThan(0);
		expect(await dimmed("big")).toEqual(expect.arrayContaining(["other", "small"]));
		expect(await dimmed("needle")).not.toContain("small");
	});
});

needs("chromium").test("keys move from file to file, and Enter shows one in the map", async () => {
	await inPage(await nestedPage(), [".tile", "tr[data-row]"], async (browser) => {
		const row = () =>
			browser.evaluate<string>('document.activeElement.querySelector("td.path")?.title ?? "nothing"');
		expect(await browser.evaluate('document.querySelectorAll("tr[data-row][tabindex=\\"0\\"]").length')).toBe(
			1,
		);
		await browser.evaluate('document.querySelector("tr[data-row][tabindex=\\"0\\"]").focus()');
		expect(await row()).toMatch(/big$/);
		await press(browser, "ArrowDown");
		expect(await row()).toMatch(/other$/);
		await press(browser, "Enter");
		expect(await row()).toMatch(/other$/);
		expect(
			await browser.evaluate('document.querySelector(".tile.chosen").getAttribute("aria-label")'),
		).toMatch(/^other:/);
	});
});
