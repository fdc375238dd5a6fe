import type { ImageOptions } from "../format/index.js";
import type { ExcludePattern } from "./exclude-pattern.js";

/** Changes to a tree by format options. */
export interface TreeChanges {
	/** Paths from the root. Intermediate links are followed, and all names of an excluded inode are removed. */
	readonly excludedPaths: readonly string[];
	/** Patterns for the names of each path, level by level. */
	readonly excludedPatterns: readonly ExcludePattern[];
	/** Owner of every inode. */
	readonly uid: number | undefined;
	readonly gid: number | undefined;
	readonly mtime: number | undefined;
	/** Offset for owners and groups that the options above do not change. */
	readonly idOffset: number | undefined;
	/** Attributes of the root alone, unless the options above decide. */
	readonly root: {
		readonly mode?: number | undefined;
		readonly uid?: number | undefined;
		readonly gid?: number | undefined;
		readonly mtime?: number | undefined;
	};
}

/** Collects the options, in any order; the last one of a kind counts. */
export class FormatDraft {
	compressor: string | undefined;
	image: Partial<Omit<ImageOptions, "compressor">> = {};
	changes: Partial<Omit<TreeChanges, "root">> = {};
	root: TreeChanges["root"] = {};
	/** -X options by name, which belong to the compressor, wherever they are. */
	readonly compressorWords: Map<string, string> = new Map();
	excludes: readonly string[] = [];
	matching: "paths" | "wildcards" | "regex" = "paths";
	readonly notes: string[] = [];
}
