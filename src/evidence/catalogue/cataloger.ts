import type { Stretch } from "../../ground/bytes/index.js";
import type { RootfsTree } from "../../image/rootfs/index.js";
import type { CatalogueDraft } from "./draft.js";
import type { FoundFile } from "./found-files.js";
import type { Distribution } from "./os-release.js";

/** A file that a cataloger has chosen. */
export interface Source {
	/** For documents and messages: absolute, UTF-8 where it is, `\xHH` elsewhere. */
	readonly path: string;
	readonly file: FoundFile["file"];
	/** Names of the directories above the file, from the root's. */
	readonly above: readonly string[];
	readonly name: string;
}

/** What a run of all catalogers shares. */
export interface CatalogContext {
	readonly tree: RootfsTree;
	readonly draft: CatalogueDraft;
	/** The distribution that a database is of, by the directory that is the root of it. */
	distributionOf(root: readonly string[]): Distribution;
}

/** Knows one kind of package database, manifest or program. Made for one run. */
export interface Cataloger {
	/** Whether it reads a file, by names and what the tree says of it alone. */
	wants(found: FoundFile): boolean;
	/** Returns what it will read of a file, as far as that can be foreseen. Default: all of it. */
	stretches?(file: FoundFile["file"]): readonly Stretch[];
	/**
	 * Adds what a file states; files come by byte order of their paths.
	 * @throws CatalogueFault where it cannot be read any further.
	 */
	read(source: Source, context: CatalogContext): void;
	/** Adds what needs all files to have been read: relations. */
	finish?(context: CatalogContext): void;
}
