import { formatCount, formatGrowth, formatSize } from "../../ground/bytes/index.js";
import { type BudgetResult, formatValue } from "./budget-check.js";
import { CHANGE_WORDS, changeCounts, changesHeadline, volumeRows } from "./facts.js";
import { packageDetails } from "./html-packages.js";
import { growthClass, html, type Markup } from "./html-text.js";
import { type Leaf, leafGrowth } from "./page-data.js";
import type { PlatformReport, VolumeReport } from "./platform-report.js";
import { visibleLine, visibleText } from "./visible-text.js";

/** Most lines of a configuration file that are shown. */
const SHOWN_LINES = 200;

/**
 * Returns the section of one platform. Without the script only the treemap is missing.
 * @param leaves of the platform; the last parameter is the most rows of its tables.
 */
export function platformSection(
	report: PlatformReport,
	leaves: readonly Leaf[],
	{ files: rows, packages: packageRows }: { readonly files: number; readonly packages: number },
): Markup {
	return html`<section class="platform" data-name="${visibleText(report.platform || report.new.name)}">
<h2>${visibleText(report.platform || report.new.name)}</h2>
${tiles(report)}
${costBars(report)}
<div class="map-place"></div>
${fileTable(report, leaves, rows)}
<div class="details">
${packageDetails(report, packageRows)}
${report.volumes.map(volumeDetails)}
${configDetails(report)}
</div>
</section>`;
}

interface Tile {
	readonly name: string;
	readonly value: string;
	readonly remark: string;
}

function tiles(report: PlatformReport): Markup {
	const { old: before, new: after, ota, changes } = report;
	const grown = before && after.size - before.size;
	const all: readonly Tile[] = [
		{
			name: "Package",
			value: formatSize(after.size),
			remark: before
				? `${formatGrowth(grown!)} from ${formatSize(before.size)}`
				: "the file that is transferred",
		},
		{
			name: "Disk on the device",
			value: ota ? formatGrowth(ota.objects) : formatSize(after.objects),
			remark: ota ? "while both revisions are kept" : "all objects",
		},
		{
			name: "Files",
			value: formatCount(after.files),
			remark: before ? changeCounts(changes) || "none differs" : "in all images",
		},
	];
	return html`<dl class="tiles">${all.map(
		({ name, value, remark }) => html`<div><dt>${name}</dt><dd>${value}<small>${remark}</small></dd></div>`,
	)}</dl>`;
}

/** Draws bars as images, because the policy of the page allows no styles on elements. */
function costBars({ ota, objects }: PlatformReport): Markup {
	if (ota === undefined) return html``;
	const fresh = objects.filter(({ change }) => change === "new").length;
	const ways: readonly (readonly [name: string, bytes: number, remark: string])[] = [
		["Whole objects", ota.objects, `${fresh} new: what a device downloads today`],
		["Blocks of 4 KiB", ota.blocks4k, "looked up by hash, as RAUC does; --align 4096 keeps them in place"],
		["Chunks", ota.chunks, "cut by content, as casync and desync do"],
		[
			"Patch",
			ota.patch,
			ota.patchEstimated ? "estimated: too large to be patched here" : "a binary delta for each object",
		],
	];
	const most = Math.max(1, ...ways.map(([, bytes]) => bytes));
	return html`<h3>What the update transfers</h3>
<table class="bars"><tbody>${ways.map(
		([name, bytes, remark]) => html`<tr><th scope="row">${name}</th><td class="num">${formatSize(bytes)}</td>
<td class="bar"><svg width="100%" height="14" role="presentation"><rect class="track" width="100%" height="14" rx="3"/><rect class="fill" width="${((100 * bytes) / most).toFixed(2)}%" height="14" rx="3"/></svg><small>${remark}</small></td></tr>`,
	)}</tbody></table>`;
}

function fileTable(report: PlatformReport, leaves: readonly Leaf[], rows: number): Markup {
	const compared = report.old !== undefined;
	const key = (leaf: Leaf): number => (compared ? Math.abs(leafGrowth(leaf)) : 0);
	const sorted = [...leaves].sort(
		(a, b) => key(b) - key(a) || (b.new?.stored ?? 0) - (a.new?.stored ?? 0) || (a.path < b.path ? -1 : 1),
	);
	const shown = sorted.slice(0, rows);
	const note =
		leaves.length > shown.length ? `The first ${shown.length} of ${formatCount(leaves.length)}.` : "";
	return html`<h3>Files</h3>
<p class="headline">${compared ? changesHeadline(report) : ""} <span class="static-note">${note}</span></p>
<div class="table-place"><table class="files"><thead><tr><th scope="col" class="path">File</th><th scope="col" class="num">Stored</th><th scope="col" class="num size">Size</th>${
		compared
			? html`<th scope="col" class="num">Growth</th><th scope="col" class="change">Change</th>`
			: html``
	}</tr></thead>
<tbody>${shown.map((leaf) => fileRow(leaf, compared))}</tbody></table></div>`;
}

function fileRow(leaf: Leaf, compared: boolean): Markup {
	const { path, new: after, old: before, change } = leaf;
	const growth = leafGrowth(leaf);
	const words = change ? CHANGE_WORDS[change] : growth === 0 ? "" : "same content";
	const cut = path.lastIndexOf("/") + 1;
	const size = after ?? before;
	const growthCells = html`<td class="num ${growthClass(growth)}">${words && formatGrowth(growth)}</td><td class="change">${words}</td>`;
	return html`<tr><td class="path"><span class="dir">${path.slice(0, cut)}</span><b>${path.slice(cut)}</b></td><td class="num">${sizeText(leaf.kind, after?.stored)}</td><td class="num size">${sizeText(leaf.kind, size?.size)}</td>${compared ? growthCells : html``}</tr>`;
}

/** Directories and links have no size, and what was removed takes no bytes. */
function sizeText(kind: Leaf["kind"], bytes: number | undefined): string {
	return bytes === undefined || (kind === "name" && bytes === 0) ? "–" : formatSize(bytes);
}

function volumeDetails(volume: VolumeReport): Markup {
	const compared = volume.old !== undefined && volume.new !== undefined;
	const rows = volumeRows(volume).map(({ name, old: before, new: after }) => {
		const growth = (after ?? 0) - (before ?? 0);
		const cells = compared
			? html`<td class="num ${growthClass(growth)}">${formatGrowth(growth)}</td>`
			: html``;
		return html`<tr><th scope="row">${name}</th><td class="num">${formatSize(after ?? before ?? 0)}</td>${cells}</tr>`;
	});
	return html`<details><summary>${visibleText(volume.path)}<small>${formatSize((volume.new ?? volume.old)!.size)}</small></summary><table class="plain"><tbody>${rows}</tbody></table></details>`;
}

function configDetails({ config }: PlatformReport): readonly Markup[] {
	return config.map(({ path, removed, added }) => {
		const lines = [
			...removed.map((line) => html`<del>${`- ${visibleLine(line)}`}\n</del>`),
			...added.map((line) => html`<ins>${`+ ${visibleLine(line)}`}\n</ins>`),
		];
		const rest = lines.length - SHOWN_LINES;
		const more = rest > 0 ? html`… and ${rest} more lines` : html``;
		return html`<details open><summary>${visibleText(path)}<small>${lines.length === 1 ? "1 line differs" : `${lines.length} lines differ`}</small></summary><pre>${lines.slice(0, SHOWN_LINES)}${more}</pre></details>`;
	});
}

const LEVELS: Readonly<Record<BudgetResult["level"], string>> = {
	ok: "kept",
	warn: "warning",
	exceeded: "exceeded",
	unknown: "no old package",
};

/** Returns the budgets, those that are exceeded first. */
export function budgetSection(budgets: readonly BudgetResult[]): Markup {
	if (budgets.length === 0) return html``;
	const order = ["exceeded", "warn", "unknown", "ok"];
	const sorted = [...budgets].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
	return html`<section class="budgets"><h2>Budgets</h2><table class="plain"><tbody>${sorted.map(budgetRow)}</tbody></table></section>`;
}

function budgetRow({ platform, name, level, value, limit, unit, causes }: BudgetResult): Markup {
	const list =
		causes.length === 0
			? html``
			: html`<ul>${causes.map((cause) => html`<li>${visibleText(cause)}</li>`)}</ul>`;
	return html`<tr class="${level}"><th scope="row">${visibleText(platform)} ${visibleText(name)}</th><td class="num">${
		value === undefined ? "–" : `${formatValue(value, unit)} of ${formatValue(limit, unit)}`
	}</td><td><span class="level">${LEVELS[level]}</span>${list}</td></tr>`;
}
