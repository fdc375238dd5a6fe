import { formatCount, formatGrowth, formatSize } from "../../ground/bytes/index.js";
import { otherFilesName, type PackageLine, packageLines } from "./facts.js";
import { growthClass, html, type Markup } from "./html-text.js";
import type { PlatformReport } from "./platform-report.js";
import { visibleText } from "./visible-text.js";

/**
 * Returns the table of packages: those that differ, or all if there is no older package. The script of the page
 * sorts rows by the value attributes of their cells.
 */
export function packageDetails(report: PlatformReport, rows: number): Markup {
	const lines = packageLines(report);
	if (lines.length === 0) return html``;
	const compared = report.old !== undefined;
	const shown = lines.slice(0, rows);
	const rest = lines.length - shown.length;
	const more =
		rest > 0 ? html`<p class="headline">and ${formatCount(rest)} more; --json has all</p>` : html``;
	const heads = [
		html`<th scope="col">Package</th><th scope="col" class="version">Version</th>`,
		html`<th scope="col" class="num count">Files</th><th scope="col" class="num">Stored</th>`,
		compared ? html`<th scope="col" class="num">Growth</th>` : html``,
	];
	return html`<details open><summary>Packages<small>${countWords(lines.length, compared)}</small></summary>
<div class="packages-place" tabindex="0" role="region" aria-label="Packages"><table class="plain packages"><thead><tr>${heads}</tr></thead>
<tbody>${shown.map((line) => packageRow(line, compared))}</tbody>
<tfoot>${othersRow(report)}</tfoot></table></div>${more}</details>`;
}

function countWords(count: number, compared: boolean): string {
	if (!compared) return formatCount(count);
	return `${formatCount(count)} ${count === 1 ? "differs" : "differ"}`;
}

function packageRow(line: PackageLine, compared: boolean): Markup {
	const { name, versions, what } = line;
	const mark = what === "" ? html`` : html` <small>${what}</small>`;
	return html`<tr><th scope="row">${visibleText(name)}${mark}</th><td class="version">${visibleText(versions)}</td>${figures(line, compared)}</tr>`;
}

/** A package without files of its own has no figures. */
function figures(
	{ files, stored, growth }: Pick<PackageLine, "files" | "stored" | "growth">,
	compared: boolean,
): Markup {
	const isKnown = files > 0 || growth !== 0;
	const cell = (value: number, text: string, kind = ""): Markup =>
		html`<td class="num ${kind}" data-value="${value}">${isKnown ? text : "–"}</td>`;
	const growthCell = compared ? cell(Math.abs(growth), formatGrowth(growth), growthClass(growth)) : html``;
	return html`${cell(files, formatCount(files), "count")}${cell(stored, formatSize(stored))}${growthCell}`;
}

function othersRow(report: PlatformReport): Markup {
	const { old: before, new: after } = report.otherFiles;
	const others = { ...after, growth: after.stored - (before?.stored ?? 0) };
	return html`<tr><th scope="row" colspan="2">${otherFilesName(report)}</th>${figures(others, report.old !== undefined)}</tr>`;
}
