import { type BudgetResult, formatValue } from "./budget-check.js";
import { changeCells, changesHeadline, packageWords, summaryFacts, volumeRows } from "./facts.js";
import type { PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";
import { formatGrowth, formatSize } from "./size-text.js";
import { visibleText } from "./visible-text.js";

const SHOWN_CHANGES = 50;
const SHOWN_LINES = 100;

/** Returns the report as Markdown, for merge requests and `$GITHUB_STEP_SUMMARY`. */
export function markdownReport({ platforms, missing, budgets }: Report): string {
	const parts = ["## Package size", ...(budgets.length > 0 ? [budgetTable(budgets)] : [])];
	for (const report of platforms) parts.push(...platformParts(report));
	if (missing.length > 0) parts.push(`No new package for ${missing.map(code).join(", ")}.`);
	return `${parts.join("\n\n")}\n`;
}

function platformParts(report: PlatformReport): string[] {
	const facts = summaryFacts(report).map(({ name, value, remark }) => [name, `**${value}**`, remark]);
	return [
		`### ${code(report.platform || report.new.name)}`,
		table(["", "", ""], facts, "lrl"),
		report.old ? changesHeadline(report) : "",
		details("Files that differ", changeTable(report)),
		details("Packages", packageList(report)),
		details("Images", volumeTables(report)),
		details("Configuration", configBlock(report)),
	].filter((part) => part !== "");
}

const SIGNS: Readonly<Record<BudgetResult["level"], string>> = {
	ok: "✅ kept",
	warn: "⚠️ warning",
	exceeded: "❌ exceeded",
	unknown: "no old package",
};

function budgetTable(budgets: readonly BudgetResult[]): string {
	const rows = budgets.map(({ platform, name, level, value, limit, unit, causes }) => [
		platform === "" ? "" : code(platform),
		code(name),
		value === undefined ? "" : formatValue(value, unit),
		formatValue(limit, unit),
		SIGNS[level],
		causes.map(code).join("<br>"),
	]);
	return table(["Platform", "Budget", "Value", "Limit", "", "Largest causes"], rows, "llrrll");
}

function changeTable(report: PlatformReport): string {
	if (report.changes.length === 0) return "";
	const shown = report.changes.slice(0, SHOWN_CHANGES);
	const rows = shown.map((change) => {
		const [growth, path, what, sizes] = changeCells(change);
		return [growth, code(path), what, sizes];
	});
	const rest = report.changes.length - shown.length;
	return `${table(["Growth", "File", "", "Size"], rows, "rlll")}${rest > 0 ? `\n\n…and ${rest} more.` : ""}`;
}

function packageList({ packages }: PlatformReport): string {
	const items = packages.slice(0, SHOWN_CHANGES).map((each) => `- ${code(packageWords(each))}`);
	const rest = packages.length - items.length;
	return [...items, ...(rest > 0 ? [`- …and ${rest} more`] : [])].join("\n");
}

function volumeTables({ volumes }: PlatformReport): string {
	return volumes
		.map((volume) => {
			const rows = volumeRows(volume).map(({ name, old: before, new: after }) => [
				name,
				before === undefined ? "" : formatSize(before),
				after === undefined ? "" : formatSize(after),
				before === undefined || after === undefined ? "" : formatGrowth(after - before),
			]);
			return table([code(volume.path), "Old", "New", "Growth"], rows, "lrrr");
		})
		.join("\n\n");
}

/** Changed lines as a diff; the fence is longer than any run of backticks in them. */
function configBlock({ config }: PlatformReport): string {
	const lines = config.flatMap(({ path, removed, added }) => [
		`# ${visibleText(path)}`,
		...removed.map((line) => `- ${visibleText(line)}`),
		...added.map((line) => `+ ${visibleText(line)}`),
	]);
	if (lines.length === 0) return "";
	const rest = lines.length - SHOWN_LINES;
	const text = [...lines.slice(0, SHOWN_LINES), ...(rest > 0 ? [`… and ${rest} more lines`] : [])].join("\n");
	const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
	const fence = "`".repeat(longest + 1);
	return `${fence}diff\n${text}\n${fence}`;
}

function details(summary: string, body: string): string {
	return body === "" ? "" : `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], sides: string): string {
	const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
	const rule = [...sides].map((side) => (side === "r" ? "---:" : "---"));
	return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Returns a foreign string as code: no Markdown, HTML or table syntax in it is read. */
function code(text: string): string {
	const escaped = visibleText(text)
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replace(/[\\`*_{}[\]()#+!|~:@]/g, (character) => `&#${character.charCodeAt(0)};`);
	return `<code>${escaped}</code>`;
}
