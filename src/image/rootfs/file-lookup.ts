import type { ByteString } from "../../ground/bytes/index.js";
import type { Inode, RootfsTree } from "./inode.js";
import { EntryFault, resolveInode } from "./path-resolution.js";

/**
 * Returns the inode of a path, with symlinks followed inside the tree; `undefined` when there is none.
 * @param path with or without a leading slash.
 */
export function resolveFile({ root }: RootfsTree, path: ByteString): Inode | undefined {
	try {
		return resolveInode(root, path.split("/") as ByteString[]);
	} catch (cause) {
		if (!(cause instanceof EntryFault)) throw cause;
		return undefined;
	}
}
