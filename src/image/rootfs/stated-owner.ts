import type { Inode, RootfsTree } from "./inode.js";

/** Bits of a mode by which somebody may execute a file. */
const EXECUTE = 0o111;

/**
 * Gives a whole tree to root, with the attributes that a version control system keeps: mode 0755 for directories and
 * for files that somebody may execute, 0644 for other files, and one time. So a tree does not depend on who checked
 * it out, with which umask, and when.
 * @param time of everything, seconds since 1970.
 */
export function giveToRoot({ root }: RootfsTree, time: number): void {
	const found = new Set<Inode>([root]);
	// The set also yields what is added while it is walked, so that no call nests, however deep the tree is.
	for (const inode of found) {
		inode.attributes = { ...inode.attributes, mode: keptMode(inode), uid: 0, gid: 0, mtime: time };
		if (inode.kind === "directory") for (const entry of inode.entries.values()) found.add(entry);
	}
}

function keptMode({ kind, attributes: { mode } }: Inode): number {
	if (kind === "symlink") return 0o777;
	return kind === "directory" || (mode & EXECUTE) !== 0 ? 0o755 : 0o644;
}
