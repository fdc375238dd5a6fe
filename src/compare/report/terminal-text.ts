import { formatCounted, formatGrowth, formatSize } from "../../ground/bytes/index.js";
import { type BudgetResult, formatValue } from "./budget-check.js";
import {
	changeCells,
	changesHeadline,
	otherFilesName,
	packageLines,
	packageWords,
	summaryFacts,
	volumeRows,
	weightWords,
} from "./facts.js";
import type { PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";
import { visibleLine, visibleText } from "./visible-text.js";

/** Most names that are listed. `--json` and the page have all of them. */
const SHOWN_CHANGES = 20;
const SHOWN_LINES = 20;

/** Returns the report for a terminal: tables of plain text. */
export function formatReport({ platforms, missing, budgets }: Report): string {
	const parts = platforms.map((report) => formatPlatform(report, platforms.length > 1));
	if (missing.length > 0) parts.push(`No new package for ${missing.join(", ")}.`);
	if (budgets.length > 0) parts.push(formatBudgets(budgets));
	return parts.join("\n\n");
}

function formatPlatform(report: PlatformReport, titled: boolean): string {
	const title = titled ? [`== ${report.platform || report.new.name} ==`] : [];
	const facts = summaryFacts(report).map(({ name, value, remark }) => [name.toUpperCase(), value, remark]);
	const files = report.old ? formatChanges(report) : formatLargest(report);
	return [
		...title,
		columns(facts, "lrl"),
		formatVolumes(report),
		files,
		formatPackages(report),
		formatConfig(report),
	]
		.filter((part) => part !== "")
		.join("\n\n");
}

function formatVolumes({ volumes }: PlatformReport): string {
	const tables = volumes.map((volume) => {
		const rows = volumeRows(volume).map(({ name, old: before, new: after }) => [
			name,
			after === undefined ? "-" : formatSize(after),
			volume.old && volume.new ? formatGrowth((after ?? 0) - (before ?? 0)) : "",
		]);
		const change = volume.old === undefined ? "" : volume.new === undefined ? "  (removed)" : "";
		return `${visibleText(volume.path)}${change}\n${columns(rows, "lrr", "  ")}`;
	});
	return tables.join("\n\n");
}

function formatChanges(report: PlatformReport): string {
	const rows = report.changes.slice(0, SHOWN_CHANGES).map(changeCells);
	const rest = report.changes.length - rows.length;
	const more = rest > 0 ? `\n  and ${rest} more (--json and --html have all)` : "";
	return `${changesHeadline(report)}${rows.length > 0 ? `\n${columns(rows, "rlll", "  ")}` : ""}${more}`;
}

function formatLargest({ files }: PlatformReport): string {
	const largest = [...files()].sort((a, b) => b.stored - a.stored).slice(0, SHOWN_CHANGES);
	if (largest.length === 0) return "";
	const rows = largest.map(({ path, size, stored }) => [formatSize(stored), formatSize(size), path]);
	return `Largest files\n${columns([["STORED", "SIZE", "FILE"], ...rows], "rrl", "  ")}`;
}

function formatPackages(report: PlatformReport): string {
	const lines = packageLines(report);
	if (lines.length === 0) return "";
	const compared = report.old !== undefined;
	const rows = lines.slice(0, SHOWN_CHANGES).map((line) => {
		const { files, stored, growth } = line;
		const weight = compared ? growthWords(files, growth) : files === 0 ? "" : formatSize(stored);
		const words = compared ? weightWords(files, stored) : files === 0 ? "" : formatCounted(files, "file");
		return [weight, packageWords(line), words];
	});
	const { old: before, new: after } = report.otherFiles;
	const others = compared
		? [formatGrowth(after.stored - (before?.stored ?? 0)), weightWords(after.files, after.stored)]
		: [formatSize(after.stored), formatCounted(after.files, "file")];
	const last = [others[0]!, otherFilesName(report), others[1]!];
	const rest = lines.length - rows.length;
	const more = rest > 0 ? [`  and ${rest} more (--json has all)`] : [];
	const title = compared ? "Packages that differ" : "Largest packages";
	return [title, columns([...rows, last], "rll", "  "), ...more].join("\n");
}

/** Returns the growth of a package; it is unknown for a package without files of its own. */
function growthWords(files: number, growth: number): string {
	return files === 0 && growth === 0 ? "" : formatGrowth(growth);
}

function formatConfig({ config }: PlatformReport): string {
	return config
		.map(({ path, removed, added }) => {
			const lines = [...removed.map((line) => `  - ${line}`), ...added.map((line) => `  + ${line}`)];
			const rest = lines.length - SHOWN_LINES;
			const more = rest > 0 ? [`  and ${rest} more lines`] : [];
			return [visibleText(path), ...lines.slice(0, SHOWN_LINES).map(visibleLine), ...more].join("\n");
		})
		.join("\n");
}

const LEVELS: Readonly<Record<BudgetResult["level"], string>> = {
	ok: "ok",
	warn: "WARNING",
	exceeded: "EXCEEDED",
	unknown: "no old package",
};

function formatBudgets(budgets: readonly BudgetResult[]): string {
	return budgets
		.map(({ platform, name, level, value, limit, unit, causes }) => {
			const title = `BUDGET ${[platform, name].filter(Boolean).join(" ")}`;
			const got = value === undefined ? "" : ` ${formatValue(value, unit)} of ${formatValue(limit, unit)}:`;
			const line = `${title}:${got} ${LEVELS[level]}`;
			return [line, ...causes.map((cause) => `  ${cause}`)].map(visibleText).join("\n");
		})
		.join("\n");
}

/** Returns lines of aligned cells. `sides` has the alignment of each column, `l` or `r`. */
function columns(rows: readonly (readonly string[])[], sides: string, indent = ""): string {
	const safe = rows.map((row) => row.map(visibleText));
	const widths = [...sides].map((_, i) => Math.max(...safe.map((row) => row[i]?.length ?? 0)));
	const pad = (cell: string, i: number) =>
		sides[i] === "r" ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
	return safe.map((row) => `${indent}${row.map(pad).join("  ").trimEnd()}`).join("\n");
}
