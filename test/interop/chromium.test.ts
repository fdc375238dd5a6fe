import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { htmlReport } from "../../src/compare/report/index.js";
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

/** Opens a page in Chromium and returns the value of an expression in it, once it has drawn these selectors. */
async function valueIn<T>(page: string, selectors: readonly string[], expression: string): Promise<T> {
	const path = join(directoryOfTest, "page.html");
	writeFileSync(path, page);
	const browser = await Chromium.start();
	try {
		await browser.open(path);
		await browser.evaluate(drawn(selectors));
		return await browser.evaluate<T>(expression);
	} finally {
		await browser.close();
	}
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
