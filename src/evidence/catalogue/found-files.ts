import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, Inode, RegularFile, RootfsTree } from "../../image/rootfs/index.js";

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
	const stack = [sortedEntries(root)];
	while (stack.length > 0) {
		const next = stack.at(-1)!.next();
		if (next.done) {
			stack.pop();
			above.pop();
			continue;
		}
		const [name, inode] = next.value;
		if (inode.kind === "file") visit({ name, above, file: inode });
		if (inode.kind !== "directory") continue;
		above.push(name);
		stack.push(sortedEntries(inode));
	}
}

function sortedEntries({ entries }: Directory): Iterator<[ByteString, Inode]> {
	return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).values();
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
