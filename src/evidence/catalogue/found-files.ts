import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, RegularFile, RootfsTree } from "../../image/rootfs/index.js";

/** A regular file by its name and the names of the directories above it, the root's first. */
export interface FoundFile {
	readonly name: ByteString;
	readonly above: readonly ByteString[];
	readonly file: RegularFile;
}

/**
 * Visits every regular file of a tree, names of a directory in byte order. Symlinks are not
 * followed: what they lead to is visited where it lies.
 * @param visit `above` is changed after the call: keep a copy.
 */
export function visitFiles({ root }: RootfsTree, visit: (found: FoundFile) => void): void {
	const above: ByteString[] = [];
	const stack = [openDirectory(root)];
	while (stack.length > 0) {
		const { entries, names } = stack.at(-1)!;
		const name = names.pop();
		if (name === undefined) {
			stack.pop();
			above.pop();
			continue;
		}
		const inode = entries.get(name)!;
		if (inode.kind === "file") visit({ name, above, file: inode });
		if (inode.kind !== "directory") continue;
		above.push(name);
		stack.push(openDirectory(inode));
	}
}

/** The names of a directory, last first. As byte strings they sort by themselves. */
function openDirectory({ entries }: Directory) {
	return { entries, names: [...entries.keys()].sort().reverse() };
}

/** Whether the directories right above a file have these names: `lib/dpkg`. */
export function liesIn({ above }: FoundFile, ...names: readonly string[]): boolean {
	const from = above.length - names.length;
	return from >= 0 && names.every((name, at) => above[from + at] === name);
}

/** The absolute path of a file in its own bytes. */
export function pathOf({ above, name }: FoundFile): ByteString {
	return `/${[...above, name].join("/")}` as ByteString;
}
