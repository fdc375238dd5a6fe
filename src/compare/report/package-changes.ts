import { catalogueTree } from "../../evidence/catalogue/index.js";
import {
	type ComponentChange,
	compareComponents,
	type ListedComponent,
	listCatalogue,
} from "../../evidence/sbom/index.js";
import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { Directory, RootfsTree } from "../../image/rootfs/index.js";
import type { ImageEntry } from "../../squashfs/read/index.js";
import type { FileChange } from "./file-changes.js";
import { isPackageDatabase } from "./package-databases.js";
import type { WeighedImage } from "./weighing.js";

/**
 * Returns the packages whose versions differ. Of an image only the databases of package managers and the
 * files that differ are read: what did not change says the same on both sides.
 */
export function comparePackages(
	before: readonly WeighedImage[],
	after: readonly WeighedImage[],
	changes: readonly FileChange[],
): ComponentChange[] {
	const changed = new Set(changes.filter(({ change }) => change !== "attributes").map(({ path }) => path));
	const components = (images: readonly WeighedImage[]): ListedComponent[] =>
		images.flatMap((image) => listCatalogue(catalogueTree(relevantTree(image, changed))));
	const { added, removed, changed: updated } = compareComponents(components(before), components(after));
	return [...updated, ...added, ...removed];
}

/** The tree of an image without the files that are not looked at. */
function relevantTree({ outline }: WeighedImage, changed: ReadonlySet<string>): RootfsTree {
	const path: Directory[] = [];
	for (const entry of outline) {
		const inode = relevantInode(entry, changed);
		path.length = entry.depth;
		if (inode === undefined) continue;
		path.at(-1)?.entries.set(entry.name, inode);
		if (inode.kind === "directory") path.push(inode);
	}
	return { root: path[0]! };
}

function relevantInode(entry: ImageEntry, changed: ReadonlySet<string>) {
	const { attributes } = entry;
	if (entry.kind === "directory") return { kind: entry.kind, attributes, entries: new Map() };
	if (entry.kind === "symlink") return { kind: entry.kind, attributes, target: entry.target };
	if (entry.kind !== "file" || !isRelevant(entry.path, changed)) return undefined;
	return { kind: entry.kind, attributes, content: entry.content };
}

function isRelevant(path: ByteString, changed: ReadonlySet<string>): boolean {
	return isPackageDatabase(path) || changed.has(displayByteString(path));
}
