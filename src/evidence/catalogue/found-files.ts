import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, RegularFile, RootfsTree } from "../../image/rootfs/index.js";

/** A regular file, with its name and the names of the directories above it, beginning at the root. */
export interface FoundFile {
	readonly name: ByteString;
	readonly above: readonly ByteString[];
	readonly file: RegularFile;
}

/**
 * Visits every regular file of a tree, in byte order of the names of each directory. Symlinks are not followed,
 * as their targets are visited themselves.
 * @param visit must copy `above` to keep it, as it changes after the call.
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

/** Returns the names of a directory, last first. As byte strings they are sorted by default. */
function openDirectory({ entries }: Directory) {
	return { entries, names: [...entries.keys()].sort().reverse() };
}

/** Returns whether the directories directly above a file have these names, such as `lib/dpkg`. */
export function liesIn({ above }: FoundFile, ...names: readonly string[]): boolean {
	const from = above.length - names.length;
	return from >= 0 && names.every((name, at) => above[from + at] === name);
}

/** Returns the absolute path of a file, as its own bytes. */
export function pathOf({ above, name }: FoundFile): ByteString {
	return `/${[...above, name].join("/")}` as ByteString;
}
