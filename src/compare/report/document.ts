import type { BudgetResult } from "./budget-check.js";
import type { FileChange } from "./file-changes.js";
import type { PackageWeight, PlatformReport } from "./platform-report.js";
import type { Report } from "./report.js";

/** Number of bytes. @asType integer @minimum 0 */
type Size = number;

/** Number of things. @asType integer @minimum 0 */
type Count = number;

/** What `diff OLD NEW` and `inspect --sizes` report. */
export interface ReportDocument {
	/** One result for each platform. */
	readonly platforms: readonly WeighedPlatform[];
	/** Platforms that only the old packages have. */
	readonly missing: readonly string[];
	/** The limits, each with what was found. */
	readonly budgets: readonly CheckedBudget[];
}

/** What the package of one platform weighs. */
export interface WeighedPlatform {
	/** Label of the platform; empty where neither a name nor src.json says it. */
	readonly platform: string;
	/** The old package; null without one. */
	readonly old: WeighedPackage | null;
	/** The new package. */
	readonly new: WeighedPackage;
	/** The objects of both packages. */
	readonly objects: ComparedObjects;
	/** What a device with the old package transfers; null without an old package. */
	readonly ota: UpdateFigures | null;
	/** The images of both packages. */
	readonly volumes: readonly WeighedVolume[];
	/** Every file that differs, the largest growth first. */
	readonly files: readonly ChangedFile[];
	/**
	 * Packages whose versions or files differ, the largest growth first; without an old package, all. A file belongs
	 * to one package at most.
	 */
	readonly packages: readonly ComparedPackage[];
	/** Files that belong to none of these packages. With theirs they add up to the files of all images. */
	readonly otherFiles: ComparedFiles;
	/** Documents and text files of the state that differ. */
	readonly config: readonly ChangedConfig[];
}

/** A package, or a checkout. */
export interface WeighedPackage {
	/** File name of the package, or name of the checkout. */
	readonly name: string;
	/** SHA-256 of the package; null for a checkout. */
	readonly sha256: string | null;
	/** Bytes of the package; for a checkout, of its objects and state together. */
	readonly size: Size;
	/** Bytes that a device keeps: all objects, each counted once. */
	readonly objects: Size;
	/** Number of regular files in the images. */
	readonly files: Count;
}

/** The objects of two packages. */
export interface ComparedObjects {
	/** Number of objects that both packages have. */
	readonly reused: Count;
	/** Number of objects that only the new package has. */
	readonly new: Count;
	/** Number of objects that only the old package has. */
	readonly removed: Count;
	/** Bytes of the new objects. */
	readonly size: Size;
	/** The objects. */
	readonly list: readonly ComparedObject[];
}

/** An object of either package. */
export interface ComparedObject {
	/** Key of the state that names the object. */
	readonly path: string;
	/** SHA-256 of the object. */
	readonly sha256: string;
	/** Bytes of the object; null where the object is missing. */
	readonly size: Size | null;
	/** Which of the packages has the object. */
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

/** An image of either package. */
export interface WeighedVolume {
	/** Key of the state that names the image. */
	readonly path: string;
	/** Sizes of the old image; null for an image that is new. */
	readonly old: VolumeSizes | null;
	/** Sizes of the new image; null for an image that was removed. */
	readonly new: VolumeSizes | null;
}

/** What an image consists of. */
export interface VolumeSizes {
	/** Bytes of the image. */
	readonly size: Size;
	/** The parts of the image; their sizes add up to `size`. */
	readonly rows: readonly VolumeRow[];
	/** Number of regular files, by name. */
	readonly files: Count;
}

/** A part of an image. */
export interface VolumeRow {
	/** What the part is: files, a table, padding. */
	readonly name: string;
	/** Bytes of the part. */
	readonly size: Size;
}

/** A file that differs. */
export interface ChangedFile {
	/** Key of the state that names the image. */
	readonly volume: string;
	/** Path of the file in the image. */
	readonly path: string;
	/** How the file differs. */
	readonly change: "added" | "removed" | "content" | "attributes" | "kind";
	/** Size of the old file; null for a file that is new. */
	readonly old: FileWeight | null;
	/** Size of the new file; null for a file that was removed. */
	readonly new: FileWeight | null;
}

/** The size of a file. */
export interface FileWeight {
	/** Bytes of the file. */
	readonly size: Size;
	/** Bytes that the file takes in the image, with its share of fragments. */
	readonly stored: number;
}

/** A package of a package manager or a language, its versions and what its files weigh. */
export interface ComparedPackage {
	/** Type of its package URL: `deb`. */
	readonly type: string;
	/** Name of the package. */
	readonly name: string;
	/** Versions that only the old package has. */
	readonly before: readonly string[];
	/** Versions that only the new package has. */
	readonly after: readonly string[];
	/** Versions that both have. */
	readonly kept: readonly string[];
	/** The files that belong to it on the old side; null where none does. */
	readonly old: PackageWeight | null;
	/** The files that belong to it on the new side; null where none does. */
	readonly new: PackageWeight | null;
}

/** Files on both sides. */
export interface ComparedFiles {
	/** Those of the old package; null without one. */
	readonly old: PackageWeight | null;
	/** Those of the new package. */
	readonly new: PackageWeight;
}

/** A document or text file of the state that differs. */
export interface ChangedConfig {
	/** Key of the state. */
	readonly path: string;
	/** How it differs. */
	readonly change: "added" | "removed" | "content";
	/** Lines that only the old one has. For a JSON document, a line for each value. */
	readonly removed: readonly string[];
	/** Lines that only the new one has. */
	readonly added: readonly string[];
}

/** A limit with what was found. */
export interface CheckedBudget {
	/** Label of the platform. */
	readonly platform: string;
	/** Name of the limit, such as `package`, `ota` or `file usr/lib/**`. */
	readonly name: string;
	/** The limit. */
	readonly limit: number;
	/** What was found; null where it is unknown, such as the growth without an old package. */
	readonly value: number | null;
	/** What the numbers count. */
	readonly unit: "bytes" | "files";
	/** Whether the limit is kept, or only a warning was exceeded; null where the value is unknown. */
	readonly ok: boolean | null;
	/** The result. */
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
		packages: report.packages.map(({ heaviest: _, ...each }) => each),
		otherFiles: { old: report.otherFiles.old ?? null, new: report.otherFiles.new },
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
