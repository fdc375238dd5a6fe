import { createHash } from "node:crypto";
import { readProgramFile } from "../../ground/files/index.js";
import { budgetSection, platformSection } from "./html-sections.js";
import { html, Markup } from "./html-text.js";
import { pageData, pageLeaves } from "./page-data.js";
import type { Report } from "./report.js";
import { visibleText } from "./visible-text.js";

/** Most rows of the page without its script, for all platforms together. */
const STATIC_ROWS = 200;
/** Most packages of the page, for all platforms together. */
const PACKAGE_ROWS = 500;

/**
 * Returns the report as a page in one file: a treemap, a table and a search. The page does not use the network.
 * Its policy allows only its own script and style, by their hashes.
 */
export function htmlReport(report: Report): string {
	const [style, script] = [programText("page.css"), programText("page.js")];
	const leaves = report.platforms.map(pageLeaves);
	const share = (rows: number): number =>
		Math.max(20, Math.floor(rows / Math.max(1, report.platforms.length)));
	const rows = { files: share(STATIC_ROWS), packages: share(PACKAGE_ROWS) };
	const policy = [
		"default-src 'none'",
		`style-src ${sourceHash(style)}`,
		`script-src ${sourceHash(script)}`,
		"base-uri 'none'",
		"form-action 'none'",
	].join("; ");
	const data = JSON.stringify(pageData(report, leaves)).replaceAll("<", "\\u003c");
	const sections = report.platforms.map((platform, i) => platformSection(platform, leaves[i]!, rows));
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title(report)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header class="top"><h1>${title(report)}</h1><nav id="platforms" aria-label="Platforms"></nav></header>
<main>
${budgetSection(report.budgets)}
${missingNote(report)}
${sections}
</main>
<footer>Made by pvpkg. Sizes are powers of 1000. <em>Stored</em> is what a file takes of its image: its compressed blocks, and its share of a block that it shares with others. It can change although the file does not: when the others of the block change, or when the file is no longer the copy of another one.</footer>
<script type="application/json" id="data">${new Markup(data)}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

function title({ platforms }: Report): string {
	const [first] = platforms;
	if (first === undefined) return "Package size";
	const name = visibleText(first.new.name).split("/").at(-1)!;
	return first.old ? `What the update to ${name} costs` : `What ${name} weighs`;
}

function missingNote({ missing }: Report): Markup {
	if (missing.length === 0) return html``;
	return html`<p class="note">No new package for ${missing.map(visibleText).join(", ")}.</p>`;
}

function programText(name: string): string {
	return Buffer.from(readProgramFile(name, import.meta.url)).toString("utf8");
}

function sourceHash(text: string): string {
	return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
