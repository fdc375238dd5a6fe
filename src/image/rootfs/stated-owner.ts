import type { DirectoryDraft, Inode, RootfsTree } from "./inode.js";

/** Bits of a mode by which somebody may execute a file. */
const EXECUTE = 0o111;

/**
 * Returns a tree that belongs to root as a whole, with the attributes that a version control system keeps: mode 0755 for
 * directories and for files that somebody may execute, 0644 for other files, and one time. So a tree does not depend
 * on who checked it out, with which umask, and when.
 * @param time of everything, seconds since 1970.
 */
export function giveToRoot({ root }: RootfsTree, time: number): RootfsTree {
	const copies = new Map<Inode, Inode>();
	const copyOf = (inode: Inode): Inode => {
		const known = copies.get(inode) ?? ownedByRoot(inode, time);
		copies.set(inode, known);
		return known;
	};
	const made = ownedByRoot(root, time) as DirectoryDraft;
	copies.set(root, made);
	// The map also yields what is added while it is walked, so that no call nests, however deep the tree is.
	for (const [inode, copy] of copies) {
		if (inode.kind !== "directory") continue;
		const { entries } = copy as DirectoryDraft;
		for (const [name, below] of inode.entries) entries.set(name, copyOf(below));
	}
	return { root: made };
}

function ownedByRoot(inode: Inode, time: number): Inode {
	const attributes = { ...inode.attributes, mode: keptMode(inode), uid: 0, gid: 0, mtime: time };
	return inode.kind === "directory" ? { ...inode, attributes, entries: new Map() } : { ...inode, attributes };
}

function keptMode({ kind, attributes: { mode } }: Inode): number {
	if (kind === "symlink") return 0o777;
	return kind === "directory" || (mode & EXECUTE) !== 0 ? 0o755 : 0o644;
}
