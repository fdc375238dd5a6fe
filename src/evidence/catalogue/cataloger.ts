import type { Stretch } from "../../ground/bytes/index.js";
import type { RootfsTree } from "../../image/rootfs/index.js";
import type { CatalogueDraft } from "./draft.js";
import type { FoundFile } from "./found-files.js";
import type { Distribution } from "./os-release.js";

/** A file that a cataloger has chosen. */
export interface Source {
	/** Absolute path for documents and messages: valid UTF-8 as it is, `\xHH` for all other bytes. */
	readonly path: string;
	readonly file: FoundFile["file"];
	/** Names of the directories above the file, beginning at the root. */
	readonly above: readonly string[];
	readonly name: string;
}

/** The state that all catalogers of a run share. */
export interface CatalogContext {
	readonly tree: RootfsTree;
	readonly draft: CatalogueDraft;
	/** Returns the distribution of a database, by the root directory that the database is in. */
	distributionOf(root: readonly string[]): Distribution;
}

/** Reads one kind of package database, manifest or program. A cataloger is made for one run. */
export interface Cataloger {
	/** Returns whether it reads a file. It decides by names and attributes, without reading. */
	wants(found: FoundFile): boolean;
	/** Returns the stretches of a file that it will read, as far as it knows. Default: the whole file. */
	stretches?(file: FoundFile["file"]): readonly Stretch[];
	/**
	 * Adds what a file states. Files come in byte order of their paths.
	 * @throws CatalogueFault if the rest of the file cannot be read.
	 */
	read(source: Source, context: CatalogContext): void;
	/** Adds the relations, after all files were read. */
	finish?(context: CatalogContext): void;
}
