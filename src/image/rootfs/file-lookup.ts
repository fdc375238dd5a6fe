import type { ByteString } from "../../ground/bytes/index.js";
import type { Inode, RootfsTree } from "./inode.js";
import { resolveDirectory } from "./path-resolution.js";

/** What the kernel follows in one lookup. */
const MAXIMUM_SYMLINKS = 40;

/**
 * Returns the inode of a path, with symlinks followed inside the tree; `undefined` when there is none.
 * @param path with or without a leading slash.
 */
export function resolveFile({ root }: RootfsTree, path: ByteString): Inode | undefined {
	let names = path.split("/") as ByteString[];
	for (let links = 0; links <= MAXIMUM_SYMLINKS; links++) {
		const last = names.at(-1);
		if (last === undefined || last === "" || last === "..") return undefined;
		const place = tryResolve(root, names.slice(0, -1));
		const inode = place?.entries.get(last);
		if (inode?.kind !== "symlink") return inode;
		const target = inode.target.split("/") as ByteString[];
		names = inode.target.startsWith("/") ? target : [...names.slice(0, -1), ...target];
	}
	return undefined;
}

function tryResolve(root: RootfsTree["root"], names: readonly ByteString[]): RootfsTree["root"] | undefined {
	try {
		const { directory, missing, obstacle } = resolveDirectory(root, names);
		return missing.length === 0 && obstacle === undefined ? directory : undefined;
	} catch {
		return undefined;
	}
}
