import type { BudgetResult } from "./budget-check.js";
import type { FileChange, Weight } from "./file-changes.js";
import type { PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";

/** Name and version of the JSON document. */
const DIFF_SPEC = "pvpkg/diff@1";

/** Returns the report as the JSON document `pvpkg/diff@1` (hermetic.md 6.4); sizes are bytes. */
export function reportDocument({ platforms, missing, budgets }: Report): object {
	return {
		spec: DIFF_SPEC,
		platforms: platforms.map(platformDocument),
		missing,
		budgets: budgets.map(budgetDocument),
	};
}

function platformDocument(report: PlatformReport): object {
	const { objects } = report;
	const count = (change: string): number => objects.filter((object) => object.change === change).length;
	return {
		platform: report.platform,
		old: report.old ?? null,
		new: report.new,
		objects: {
			reused: count("reused"),
			new: count("new"),
			removed: count("removed"),
			bytes: objects.reduce((sum, { change, size }) => sum + (change === "new" ? (size ?? 0) : 0), 0),
			list: objects.map(({ path, sha256, size, change }) => ({ path, sha256, size: size ?? null, change })),
		},
		ota: report.ota ?? null,
		volumes: report.volumes.map(({ path, old: before, new: after }) => ({
			path,
			old: before ?? null,
			new: after ?? null,
		})),
		files: report.changes.map(changeDocument),
		packages: report.packages,
		config: report.config,
	};
}

function changeDocument({ volume, path, change, old: before, new: after }: FileChange): object {
	return { volume, path, change, old: weightDocument(before), new: weightDocument(after) };
}

function weightDocument(weight: Weight | undefined): object | null {
	return weight === undefined ? null : { size: weight.size, stored: weight.stored };
}

function budgetDocument({ platform, name, level, limit, value, unit, causes }: BudgetResult): object {
	const ok = level === "ok" || level === "warn";
	return {
		platform,
		name,
		limit,
		value: value ?? null,
		unit,
		ok: level === "unknown" ? null : ok,
		level,
		causes,
	};
}
