import { displayByteString, type Stretch, wholeStretch } from "../../ground/bytes/index.js";
import type { RootfsTree } from "../../image/rootfs/index.js";
import { ApkCataloger } from "./apk.js";
import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { Catalogue } from "./catalogue.js";
import { DpkgCataloger } from "./dpkg.js";
import { CatalogueDraft } from "./draft.js";
import { CatalogueFault } from "./errors.js";
import { type FoundFile, pathOf, visitFiles } from "./found-files.js";
import { PATH_LIMIT } from "./limits.js";
import { NodeCataloger } from "./node-packages.js";
import { OpkgCataloger } from "./opkg.js";
import { type Distribution, distributionOf, readOperatingSystem } from "./os-release.js";
import { ProgramCataloger } from "./program.js";
import { PythonCataloger } from "./python-packages.js";
import { RpmCataloger } from "./rpm.js";

/** Begins to expand what will be read of files, in this order, until it is closed. */
export type ReadAhead = (stretches: readonly Stretch[]) => { close(): void };

/**
 * Finds what a root file system has inside, by its package databases, manifests and programs. All of
 * them are foreign: what is damaged or over a limit becomes a note of the catalogue, never an error.
 * @param readAhead for files whose bytes take work to read.
 * @throws what reading a file's content throws.
 */
export function catalogueTree(tree: RootfsTree, readAhead?: ReadAhead): Catalogue {
	const context = createContext(tree);
	// Packages of the system come last: by then it is known whose files to ask them for.
	const catalogers: Cataloger[] = [
		new NodeCataloger(),
		new PythonCataloger(),
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
			for (const source of sources[at]!) guard(context, source.path, () => cataloger.read(source, context));
			guard(context, "/", () => cataloger.finish?.(context));
		}
	} finally {
		ahead?.close();
	}
	return context.draft.finish();
}

function stretchesOf(cataloger: Cataloger, sources: readonly Source[]): Stretch[] {
	return sources.flatMap(({ file }) => cataloger.stretches?.(file) ?? [wholeStretch(file.content)]);
}

function createContext(tree: RootfsTree): CatalogContext {
	const draft = new CatalogueDraft();
	draft.system = readOperatingSystem(tree, []);
	const distributions = new Map<string, Distribution>();
	return {
		tree,
		draft,
		distributionOf(root) {
			const key = root.join("/");
			const known = distributions.get(key);
			if (known !== undefined) return known;
			// A root in a directory that does not say what it is has packages of the system around it.
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

/** Returns a time as a squashfs has it, so that a tree and its image say the same. */
function storedTime(seconds: number): number {
	return Math.min(Math.max(Math.floor(seconds), 0), 0xffffffff);
}

function sourceOf(found: FoundFile): Source | undefined {
	const { file, above, name } = found;
	const length = above.reduce((sum, part) => sum + part.length + 1, name.length + 1);
	if (length > PATH_LIMIT) return undefined;
	return { path: displayByteString(pathOf(found)), file, above: [...above], name };
}

function guard({ draft }: CatalogContext, path: string, read: () => void): void {
	try {
		read();
	} catch (error) {
		if (!(error instanceof CatalogueFault)) throw error;
		draft.note(path, error.message);
	}
}
