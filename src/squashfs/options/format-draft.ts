import type { ImageOptions } from "../format/index.js";
import type { ExcludePattern } from "./exclude-pattern.js";

/** What format options change about a tree. */
export interface TreeChanges {
	/** Paths from the root; intermediate links are followed, and all names of an excluded inode go. */
	readonly excludedPaths: readonly string[];
	/** Matched against the names of each path, level by level. */
	readonly excludedPatterns: readonly ExcludePattern[];
	/** Of every inode. */
	readonly uid: number | undefined;
	readonly gid: number | undefined;
	readonly mtime: number | undefined;
	/** Added to owners and groups that the ones above leave alone. */
	readonly idOffset: number | undefined;
	/** Of the root alone, where the ones above do not say otherwise. */
	readonly root: {
		readonly mode?: number | undefined;
		readonly uid?: number | undefined;
		readonly gid?: number | undefined;
		readonly mtime?: number | undefined;
	};
}

/** Collects what the words say, in any order; the last one of a kind counts. */
export class FormatDraft {
	compressor: string | undefined;
	image: Partial<Omit<ImageOptions, "compressor">> = {};
	changes: Partial<Omit<TreeChanges, "root">> = {};
	root: TreeChanges["root"] = {};
	/** -X options by name: they belong to the compressor, wherever they stand. */
	readonly compressorWords: Map<string, string> = new Map();
	excludes: readonly string[] = [];
	matching: "paths" | "wildcards" | "regex" = "paths";
	readonly notes: string[] = [];
}
