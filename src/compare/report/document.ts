import type { BudgetResult } from "./budget-check.js";
import type { FileChange } from "./file-changes.js";
import type { PackageChange, PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";

/** Bytes. @asType integer @minimum 0 */
type Size = number;

/** @asType integer @minimum 0 */
type Count = number;

/** What `diff OLD NEW` and `inspect --sizes` report. */
export interface ReportDocument {
	readonly platforms: readonly WeighedPlatform[];
	/** Platforms that only the old packages have. */
	readonly missing: readonly string[];
	readonly budgets: readonly CheckedBudget[];
}

export interface WeighedPlatform {
	/** Label of the platform, or the name of the package where it has none. */
	readonly platform: string;
	readonly old: WeighedPackage | null;
	readonly new: WeighedPackage;
	readonly objects: ComparedObjects;
	/** What a device that has the old package transfers; null without an old one. */
	readonly ota: UpdateFigures | null;
	readonly volumes: readonly WeighedVolume[];
	/** Every name that differs, the largest growth first. */
	readonly files: readonly ChangedFile[];
	/** Packages whose versions differ, by the databases of their package managers. */
	readonly packages: readonly PackageChange[];
	/** Documents and text files of the state that differ. */
	readonly config: readonly ChangedConfig[];
}

export interface WeighedPackage {
	readonly name: string;
	/** Of the package file; null for a checkout. */
	readonly sha256: string | null;
	/** Of the package file; of a checkout the objects and the state together. */
	readonly size: Size;
	/** Bytes of all objects, each once: what a device keeps. */
	readonly objects: Size;
	/** Regular files in the images. */
	readonly files: Count;
}

export interface ComparedObjects {
	readonly reused: Count;
	readonly new: Count;
	readonly removed: Count;
	/** Bytes of the new ones. */
	readonly size: Size;
	readonly list: readonly ComparedObject[];
}

export interface ComparedObject {
	readonly path: string;
	readonly sha256: string;
	/** Null for an object that is not at hand. */
	readonly size: Size | null;
	readonly change: "new" | "reused" | "removed";
}

/** Bytes that are transferred, by the way in which a device updates. */
export interface UpdateFigures {
	/** New objects as a whole: what Pantavisor does today. */
	readonly objects: Size;
	/** New objects in blocks of 4 KiB that are looked up by hash. */
	readonly blocks4k: Size;
	/** New objects in chunks of 16 KiB that are cut by their content. */
	readonly chunks: Size;
	/** A patch for each new object, made from the old object of its name. */
	readonly patch: Size;
	/** Whether objects were too large to be patched here, and their chunks count instead. */
	readonly patchEstimated: boolean;
}

export interface WeighedVolume {
	readonly path: string;
	readonly old: VolumeSizes | null;
	readonly new: VolumeSizes | null;
}

export interface VolumeSizes {
	readonly size: Size;
	/** Files, tables, padding: they add up to `size`. */
	readonly rows: readonly { readonly name: string; readonly size: Size }[];
	/** Regular files by name. */
	readonly files: Count;
}

export interface ChangedFile {
	readonly volume: string;
	readonly path: string;
	readonly change: "added" | "removed" | "content" | "attributes" | "kind";
	readonly old: FileWeight | null;
	readonly new: FileWeight | null;
}

export interface FileWeight {
	readonly size: Size;
	/** Bytes that it takes in the image, with its share of fragments. */
	readonly stored: number;
}

export interface ChangedConfig {
	readonly path: string;
	readonly change: "added" | "removed" | "content";
	/** Lines that are only in the old one; of a JSON document a line for each value. */
	readonly removed: readonly string[];
	/** Lines that are only in the new one. */
	readonly added: readonly string[];
}

export interface CheckedBudget {
	readonly platform: string;
	readonly name: string;
	readonly limit: number;
	/** Null where it is not known, such as the growth without an old package. */
	readonly value: number | null;
	readonly unit: "bytes" | "files";
	/** Null where it is not known. */
	readonly ok: boolean | null;
	readonly level: "ok" | "warn" | "exceeded" | "unknown";
	/** The largest causes, as sentences. */
	readonly causes: readonly string[];
}

/** Returns a report of sizes as `diff OLD NEW` and `inspect --sizes` print it with `--json`. */
export function reportDocument({ platforms, missing, budgets }: Report): ReportDocument {
	return {
		platforms: platforms.map(platformDocument),
		missing,
		budgets: budgets.map(budgetDocument),
	};
}

function platformDocument(report: PlatformReport): WeighedPlatform {
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
			size: objects.reduce((sum, { change, size }) => sum + (change === "new" ? (size ?? 0) : 0), 0),
			list: objects.map(({ path, sha256, size, change }) => ({ path, sha256, size: size ?? null, change })),
		},
		ota: report.ota ?? null,
		volumes: report.volumes.map(({ path, old: before, new: after }) => ({
			path,
			old: volumeDocument(before),
			new: volumeDocument(after),
		})),
		files: report.changes.map(changeDocument),
		packages: report.packages,
		config: report.config,
	};
}

function volumeDocument(figures: PlatformReport["volumes"][number]["old"]): VolumeSizes | null {
	if (figures === undefined) return null;
	const { size, rows, files } = figures;
	return { size, rows: rows.map((row) => ({ name: row.name, size: row.bytes })), files };
}

function changeDocument({ volume, path, change, old: before, new: after }: FileChange): ChangedFile {
	return { volume, path, change, old: weightDocument(before), new: weightDocument(after) };
}

function weightDocument(weight: FileChange["old"]): FileWeight | null {
	return weight === undefined ? null : { size: weight.size, stored: weight.stored };
}

function budgetDocument({ platform, name, level, limit, value, unit, causes }: BudgetResult): CheckedBudget {
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
