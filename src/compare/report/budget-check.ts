import { formatCounted, formatGrowth, formatSize } from "../../ground/bytes/index.js";
import { parseGlob } from "../../pantavisor/signing/index.js";
import type { Budget, Limit } from "./budget.js";
import { CHANGE_WORDS, packageLines, packageWords } from "./facts.js";
import { growthOf } from "./file-changes.js";
import type { PlatformReport } from "./platform-report.js";

/** Result of one budget for a package. */
export interface BudgetResult {
	readonly platform: string;
	/** `package`, or `file usr/lib/**` */
	readonly name: string;
	/** `unknown` if there is no old package to compare with. */
	readonly level: "ok" | "warn" | "exceeded" | "unknown";
	/** The limit that is exceeded, else the highest one. Bytes or a count. */
	readonly limit: number;
	readonly value: number | undefined;
	readonly unit: "bytes" | "files";
	/** The three largest causes, for a budget that is exceeded. */
	readonly causes: readonly string[];
	readonly budget: Budget;
}

/** Number of causes that are reported. */
const CAUSES = 3;

/**
 * Checks a package against the budgets of its platform. A budget of `*` applies if the platform has none of its
 * name.
 */
export function checkBudgets(report: PlatformReport, budgets: readonly Budget[]): BudgetResult[] {
	const own = new Map<string, Budget>();
	for (const budget of budgets) {
		if (budget.platform === "*" && !own.has(nameOf(budget))) own.set(nameOf(budget), budget);
		if (budget.platform === report.platform) own.set(nameOf(budget), budget);
	}
	return [...own.values()].map((budget) => check(report, budget));
}

/** Returns whether an exceeded budget fails the job. */
export function isExceeded(results: readonly BudgetResult[]): boolean {
	return results.some(({ level }) => level === "exceeded");
}

/** Formats a value of a budget. */
export function formatValue(value: number, unit: BudgetResult["unit"]): string {
	return unit === "files" ? formatCounted(value, "file") : formatSize(value);
}

function nameOf({ name, pattern }: Budget): string {
	return pattern === undefined ? name : `${name} ${pattern}`;
}

function check(report: PlatformReport, budget: Budget): BudgetResult {
	const measured = measure(report, budget);
	const { value } = measured;
	const bytes = (limit: Limit | undefined) => limit && bytesOf(limit, report);
	const [warn, max] = [bytes(budget.warn), bytes(budget.max)];
	const isOver = (limit: number | undefined) => value !== undefined && limit !== undefined && value > limit;
	const level = value === undefined ? "unknown" : isOver(max) ? "exceeded" : isOver(warn) ? "warn" : "ok";
	return {
		platform: report.platform,
		name: nameOf(budget),
		level,
		limit: (level === "warn" ? warn : (max ?? warn)) ?? 0,
		value,
		unit: budget.name === "files" ? "files" : "bytes",
		causes: level === "exceeded" || level === "warn" ? measured.causes().slice(0, CAUSES) : [],
		budget,
	};
}

function bytesOf(limit: Limit, report: PlatformReport): number {
	return "value" in limit ? limit.value : Math.floor(((report.old?.size ?? 0) * limit.percent) / 100);
}

interface Measure {
	readonly value: number | undefined;
	causes(): string[];
}

function measure(report: PlatformReport, { name, pattern }: Budget): Measure {
	switch (name) {
		case "package":
			return { value: report.new.size, causes: () => largestGrowth(report) ?? largestFiles(report) };
		case "growth":
			return {
				value: report.old && report.new.size - report.old.size,
				causes: () => largestGrowth(report) ?? [],
			};
		case "ota":
			return { value: report.ota?.objects, causes: () => newObjects(report) };
		case "files":
			return { value: report.new.files, causes: () => fullestDirectories(report) };
		default:
			return matchingFiles(report, pattern ?? "**");
	}
}

interface Cause {
	/** Stored bytes, or bytes by which they grew. */
	readonly weight: number;
	readonly words: string;
}

/** Returns the packages that grew, and the files that grew and belong to no package; undefined if there are none. */
function largestGrowth(report: PlatformReport): string[] | undefined {
	if (report.old === undefined) return undefined;
	const lines = packageLines(report);
	const packages = report.packages.map(({ heaviest }, i): Cause => {
		const most = heaviest === undefined ? "" : `, most of it ${heaviest}`;
		return { weight: lines[i]!.growth, words: `${packageWords(lines[i]!)}${most}` };
	});
	const files = report.looseChanges.map((change): Cause => {
		return { weight: growthOf(change), words: `${change.path} (${CHANGE_WORDS[change.change]})` };
	});
	const grown = heaviestFirst([...packages, ...files]).filter(({ weight }) => weight > 0);
	return grown.length === 0
		? undefined
		: grown.map(({ weight, words }) => `${formatGrowth(weight)} ${words}`);
}

function largestFiles({ files }: PlatformReport): string[] {
	const causes = files().map(({ path, stored }): Cause => ({ weight: stored, words: path }));
	return heaviestFirst(causes).map(({ weight, words }) => `${formatSize(weight)} ${words}`);
}

function heaviestFirst(causes: readonly Cause[]): readonly Cause[] {
	return [...causes].sort((a, b) => b.weight - a.weight).slice(0, CAUSES);
}

function newObjects({ objects }: PlatformReport): string[] {
	const fresh = objects.filter(({ change }) => change === "new");
	return fresh
		.sort((a, b) => (b.size ?? 0) - (a.size ?? 0))
		.map(({ path, size }) => `${formatSize(size ?? 0)} ${path} is new as a whole`);
}

function fullestDirectories({ files }: PlatformReport): string[] {
	const counts = new Map<string, number>();
	for (const { path } of files()) {
		const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
		counts.set(directory, (counts.get(directory) ?? 0) + 1);
	}
	const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
	return sorted.slice(0, 3).map(([directory, count]) => `${formatCounted(count, "file")} in ${directory}`);
}

function matchingFiles({ files }: PlatformReport, pattern: string): Measure {
	const matches = parseGlob(pattern);
	const found = files()
		.filter(({ path }) => matches(path))
		.sort((a, b) => b.stored - a.stored);
	return {
		value: found[0]?.stored ?? 0,
		causes: () => found.slice(0, 3).map(({ path, stored }) => `${formatSize(stored)} ${path}`),
	};
}
