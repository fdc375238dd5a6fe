import { parseGlob } from "../../pantavisor/signing/index.js";
import type { Budget, Limit } from "./budget.js";
import { CHANGE_WORDS } from "./facts.js";
import { growthOf } from "./file-changes.js";
import type { PlatformReport } from "./platform-report.js";
import { formatFiles, formatGrowth, formatSize } from "./size-text.js";

/** How a package keeps to one budget. */
export interface BudgetResult {
	readonly platform: string;
	/** `package`, or `file usr/lib/**` */
	readonly name: string;
	/** `unknown`: there is no old package to compare with. */
	readonly level: "ok" | "warn" | "exceeded" | "unknown";
	/** The limit that counts: the one that is exceeded, else the highest. Bytes or a count. */
	readonly limit: number;
	readonly value: number | undefined;
	readonly unit: "bytes" | "files";
	/** The three that weigh most, for a budget that is not kept. */
	readonly causes: readonly string[];
	readonly budget: Budget;
}

/** Holds a package to the budgets of its platform; `*` counts where the platform has none of that name. */
export function checkBudgets(report: PlatformReport, budgets: readonly Budget[]): BudgetResult[] {
	const own = new Map<string, Budget>();
	for (const budget of budgets) {
		if (budget.platform === "*" && !own.has(nameOf(budget))) own.set(nameOf(budget), budget);
		if (budget.platform === report.platform) own.set(nameOf(budget), budget);
	}
	return [...own.values()].map((budget) => check(report, budget));
}

/** Returns whether any budget fails the job. */
export function isExceeded(results: readonly BudgetResult[]): boolean {
	return results.some(({ level }) => level === "exceeded");
}

/** Returns a value of a budget for reading. */
export function formatValue(value: number, unit: BudgetResult["unit"]): string {
	return unit === "files" ? formatFiles(value) : formatSize(value);
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
		causes: level === "exceeded" || level === "warn" ? measured.causes().slice(0, 3) : [],
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

/** Returns the changes that grew; undefined when there are none. */
function largestGrowth({ changes, old: before }: PlatformReport): string[] | undefined {
	const grown = changes.filter((change) => growthOf(change) > 0);
	if (before === undefined || grown.length === 0) return undefined;
	return grown
		.slice(0, 3)
		.map((change) => `${formatGrowth(growthOf(change))} ${change.path} (${CHANGE_WORDS[change.change]})`);
}

function largestFiles({ files }: PlatformReport): string[] {
	const sorted = [...files()].sort((a, b) => b.stored - a.stored);
	return sorted.slice(0, 3).map(({ path, stored }) => `${formatSize(stored)} ${path}`);
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
	return sorted.slice(0, 3).map(([directory, count]) => `${formatFiles(count)} in ${directory}`);
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
