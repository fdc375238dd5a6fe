import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { htmlReport } from "../../src/compare/report/index.js";
import { directory, file, noise } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { reportOf } from "../support/weighed-packages.js";

const directoryOfTest = mkdtempSync(join(tmpdir(), "pvpkg-chromium-"));
afterAll(() => rmSync(directoryOfTest, { recursive: true, force: true }));

/** The document of a page after its script has run. */
function open(page: string): string {
	const path = join(directoryOfTest, "page.html");
	writeFileSync(path, page);
	const { stdout, status } = spawnSync(
		"chromium",
		[
			"--headless=new",
			"--no-sandbox",
			"--disable-gpu",
			`--user-data-dir=${join(directoryOfTest, "profile")}`,
			"--window-size=1280,900",
			"--virtual-time-budget=2000",
			"--dump-dom",
			`file://${path}`,
		],
		{ encoding: "utf8", maxBuffer: 1 << 28, timeout: 60_000 },
	);
	expect(status).toBe(0);
	return stdout;
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
	const dom = open(htmlReport({ platforms: [{ ...report, config }], missing: [], budgets: [] }));
	expect(/<title>(.*)<\/title>/.exec(dom)?.[1]).toBe("What the update to demo.tgz costs");
	expect(dom).toContain('<html lang="en" class="live">');
	expect(dom.match(/class="tile/g)!.length).toBeGreaterThanOrEqual(names.length);
	expect(dom.match(/<tr data-row=/g)!.length).toBeGreaterThanOrEqual(names.length);
});
