import { catalogueTree } from "../../evidence/catalogue/index.js";
import {
	type ComponentChange,
	compareComponents,
	type ListedComponent,
	listCatalogue,
} from "../../evidence/sbom/index.js";
import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, RootfsTree } from "../../image/rootfs/index.js";
import type { OutlineEntry, WeighedImage } from "./weighing.js";

/**
 * Returns the packages whose versions differ. Of an image only the databases of package managers and the
 * files that differ are read: what did not change says the same on both sides.
 */
export function comparePackages(
	before: readonly WeighedImage[],
	after: readonly WeighedImage[],
): ComponentChange[] {
	const components = (images: readonly WeighedImage[]): ListedComponent[] =>
		images.flatMap(({ outline }) => listCatalogue(catalogueTree(outlineTree(outline))));
	const { added, removed, changed } = compareComponents(components(before), components(after));
	return [...changed, ...added, ...removed];
}

function outlineTree(outline: readonly OutlineEntry[]): RootfsTree {
	const directories = new Map<string, Directory>();
	for (const entry of outline) {
		const inode = outlineInode(entry);
		if (inode === undefined) continue;
		if (inode.kind === "directory") directories.set(entry.path, inode);
		if (entry.path === "") continue;
		const slash = entry.path.lastIndexOf("/");
		const parent = directories.get(entry.path.slice(0, Math.max(slash, 0)));
		parent?.entries.set(entry.path.slice(slash + 1) as ByteString, inode);
	}
	return { root: directories.get("")! };
}

function outlineInode(entry: OutlineEntry) {
	const { kind, attributes } = entry;
	if (kind === "directory") return { kind, attributes, entries: new Map() };
	if (kind === "symlink") return { kind, attributes, target: entry.target };
	return kind === "file" ? { kind, attributes, content: entry.content } : undefined;
}
