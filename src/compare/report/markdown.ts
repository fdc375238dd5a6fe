import { formatCount, formatGrowth, formatSize } from "../../ground/bytes/index.js";
import { type BudgetResult, formatValue } from "./budget-check.js";
import {
	CHANGE_WORDS,
	changesHeadline,
	otherFilesName,
	type PackageLine,
	packageLines,
	packageWords,
	summaryFacts,
	volumeRows,
} from "./facts.js";
import { growthOf } from "./file-changes.js";
import type { PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";
import { visibleLine, visibleText } from "./visible-text.js";

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
	// The first fact is the head of the table, as a table without a head would begin with an empty line of cells.
	const [head, ...facts] = summaryFacts(report).map(({ name, value, remark }) => [
		name,
		`**${whole(value)}**`,
		remark,
	]);
	return [
		`### ${code(report.platform || report.new.name)}`,
		table(head!, facts, "lrl"),
		report.old ? changesHeadline(report) : "",
		details("Files that differ", changeTable(report)),
		details("Packages", packageTable(report)),
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
		value === undefined ? "" : whole(formatValue(value, unit)),
		value === undefined ? "" : whole(formatValue(limit, unit)),
		SIGNS[level],
		causes.map(code).join("<br>"),
	]);
	return table(["Platform", "Budget", "Value", "Limit", "", "Largest causes"], rows, "llrrll");
}

function changeTable(report: PlatformReport): string {
	if (report.changes.length === 0) return "";
	const shown = report.changes.slice(0, SHOWN_CHANGES);
	const rows = shown.map((change) => {
		const { size, stored } = change.new ?? change.old!;
		const sizes = [stored, size].map((bytes) => whole(formatSize(bytes)));
		return [whole(formatGrowth(growthOf(change))), ...sizes, CHANGE_WORDS[change.change], code(change.path)];
	});
	const rest = report.changes.length - shown.length;
	// Names come last, so that long ones do not push the figures out of sight.
	return `${table(["Growth", "Stored", "Size", "Change", "File"], rows, "rrrll")}${rest > 0 ? `\n\n…and ${rest} more.` : ""}`;
}

function packageTable(report: PlatformReport): string {
	const lines = packageLines(report);
	if (lines.length === 0) return "";
	const rows = lines
		.slice(0, SHOWN_CHANGES)
		.map((line) => packageRow(report, line, code(packageWords(line))));
	const { old: before, new: after } = report.otherFiles;
	const others = { ...after, growth: after.stored - (before?.stored ?? 0) };
	rows.push(packageRow(report, others, otherFilesName(report)));
	const rest = lines.length - (rows.length - 1);
	const heads = report.old ? ["Growth", "Stored", "Files", "Package"] : ["Stored", "Files", "Package"];
	const sides = report.old ? "rrrl" : "rrl";
	return `${table(heads, rows, sides)}${rest > 0 ? `\n\n…and ${rest} more.` : ""}`;
}

/** The row of a package. A package without files of its own has no figures. */
function packageRow(
	{ old: before }: PlatformReport,
	{ files, stored, growth }: Pick<PackageLine, "files" | "stored" | "growth">,
	name: string,
): string[] {
	const isKnown = files > 0 || growth !== 0;
	const cells = [whole(formatSize(stored)), formatCount(files)];
	if (before) cells.unshift(whole(formatGrowth(growth)));
	return [...cells.map((cell) => (isKnown ? cell : "")), name];
}

function volumeTables({ volumes }: PlatformReport): string {
	return volumes
		.map((volume) => {
			const rows = volumeRows(volume).map(({ name, old: before, new: after }) => [
				name,
				before === undefined ? "" : whole(formatSize(before)),
				after === undefined ? "" : whole(formatSize(after)),
				before === undefined || after === undefined ? "" : whole(formatGrowth(after - before)),
			]);
			return table([code(volume.path), "Old", "New", "Growth"], rows, "lrrr");
		})
		.join("\n\n");
}

/** Returns changed lines as a diff. The fence is longer than any run of backticks in them. */
function configBlock({ config }: PlatformReport): string {
	const lines = config.flatMap(({ path, removed, added }) => [
		`# ${visibleText(path)}`,
		...removed.map((line) => `- ${visibleLine(line)}`),
		...added.map((line) => `+ ${visibleLine(line)}`),
	]);
	if (lines.length === 0) return "";
	const rest = lines.length - SHOWN_LINES;
	const text = [...lines.slice(0, SHOWN_LINES), ...(rest > 0 ? [`… and ${rest} more lines`] : [])].join("\n");
	const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
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

/** Returns figures that are not broken across lines: a number with its unit, or an old and a new size. */
function whole(text: string): string {
	return text.replaceAll(" ", "\u00a0");
}

/** Returns a foreign string as code, so that no Markdown, HTML or table syntax in it takes effect. */
function code(text: string): string {
	const escaped = visibleText(text)
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replace(/[\\`*_{}[\]()#+!|~:@]/g, (character) => `&#${character.charCodeAt(0)};`);
	return `<code>${escaped}</code>`;
}
