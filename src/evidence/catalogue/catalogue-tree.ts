import { displayByteString, type Stretch, wholeStretch } from "../../ground/bytes/index.js";
import type { RootfsTree } from "../../image/rootfs/index.js";
import { ApkCataloger } from "./apk.js";
import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { Catalogue } from "./catalogue.js";
import { DpkgCataloger } from "./dpkg.js";
import { CatalogueDraft } from "./draft.js";
import { FileOwners } from "./file-owners.js";
import { type FoundFile, pathOf, visitFiles } from "./found-files.js";
import { PATH_LIMIT } from "./limits.js";
import { NodeCataloger } from "./node-packages.js";
import { OpkgCataloger } from "./opkg.js";
import { type Distribution, distributionOf, readOperatingSystem } from "./os-release.js";
import { ProgramCataloger } from "./program.js";
import { PythonCataloger } from "./python-packages.js";
import { RpmCataloger } from "./rpm.js";

/** Starts to expand the given stretches of files, in this order, until it is closed. */
export type ReadAhead = (stretches: readonly Stretch[]) => { close(): void };

/**
 * Returns the components of a root file system, by its package databases, manifests and programs. All of them are
 * foreign: damage and exceeded limits become notes of the catalogue, never errors.
 * @param readAhead for files whose bytes are expensive to read.
 * @throws what reading the content of a file throws.
 */
export function catalogueTree(tree: RootfsTree, readAhead?: ReadAhead): Catalogue {
	return catalogueWith(new CatalogueDraft(), tree, readAhead).catalogue;
}

/** A catalogue, and the package of each file of the image. */
export interface OwnedFiles {
	readonly catalogue: Catalogue;
	/** For each file an index of the components, or -1 for a file of no package. */
	readonly owners: Int32Array;
	/** Returns the index of the file with a path. */
	placeOf(path: string): number | undefined;
}

/**
 * Catalogues a tree, and finds the package of each of some files; see `FileOwners`.
 * @param paths see `FileOwners`. The tree may lack some of them.
 */
export function catalogueFiles(tree: RootfsTree, paths: readonly string[]): OwnedFiles {
	const files = new FileOwners(paths);
	const { catalogue, owners } = catalogueWith(new CatalogueDraft(files), tree);
	return { catalogue, owners: owners!, placeOf: (path) => files.placeOf(path) };
}

function catalogueWith(
	draft: CatalogueDraft,
	tree: RootfsTree,
	readAhead?: ReadAhead,
): ReturnType<CatalogueDraft["finish"]> {
	const context = createContext(tree, draft);
	// System packages come last, because the components that they may own must be known before.
	const catalogers: Cataloger[] = [
		new NodeCataloger(),
		new PythonCataloger({ withFiles: draft.wantsOwners }),
		new ProgramCataloger(),
		new DpkgCataloger(),
		new OpkgCataloger(),
		new ApkCataloger(),
		new RpmCataloger(),
	];
	const sources = chooseSources(context, catalogers);
	const ahead = readAhead?.(catalogers.flatMap((cataloger, at) => stretchesOf(cataloger, sources[at]!)));
	try {
		for (const [at, cataloger] of catalogers.entries()) {
			for (const source of sources[at]!) draft.attempt(source.path, () => cataloger.read(source, context));
			draft.attempt("/", () => cataloger.finish?.(context));
		}
	} finally {
		ahead?.close();
	}
	return draft.finish();
}

function stretchesOf(cataloger: Cataloger, sources: readonly Source[]): Stretch[] {
	return sources.flatMap(({ file }) => cataloger.stretches?.(file) ?? [wholeStretch(file.content)]);
}

function createContext(tree: RootfsTree, draft: CatalogueDraft): CatalogContext {
	draft.system = readOperatingSystem(tree, []);
	const distributions = new Map<string, Distribution>();
	return {
		tree,
		draft,
		distributionOf(root) {
			const key = root.join("/");
			const known = distributions.get(key);
			if (known !== undefined) return known;
			// A root that does not identify itself, in a directory, has packages of the system around it.
			const distribution = distributionOf(readOperatingSystem(tree, root) ?? draft.system);
			distributions.set(key, distribution);
			return distribution;
		},
	};
}

/** Returns the files that each cataloger reads. */
function chooseSources({ tree, draft }: CatalogContext, catalogers: readonly Cataloger[]): Source[][] {
	const sources: Source[][] = catalogers.map(() => []);
	visitFiles(tree, (found) => {
		draft.newest = Math.max(draft.newest ?? 0, storedTime(found.file.attributes.mtime));
		for (const [at, cataloger] of catalogers.entries()) {
			if (!cataloger.wants(found)) continue;
			const source = sourceOf(found);
			if (source === undefined)
				draft.note("/", `files below paths of more than ${PATH_LIMIT} bytes are not read`);
			else sources[at]!.push(source);
		}
	});
	return sources;
}

/** Returns a time as squashfs stores it, so that a tree and its image give the same catalogue. */
function storedTime(seconds: number): number {
	return Math.min(Math.max(Math.floor(seconds), 0), 0xffffffff);
}

function sourceOf(found: FoundFile): Source | undefined {
	const { file, above, name } = found;
	const length = above.reduce((sum, part) => sum + part.length + 1, name.length + 1);
	if (length > PATH_LIMIT) return undefined;
	return { path: displayByteString(pathOf(found)), file, above: [...above], name };
}
