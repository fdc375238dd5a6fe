import type { ByteString } from "../../ground/bytes/index.js";
import type { Attributes, Directory, DirectoryDraft, Inode, RootfsTree } from "./inode.js";

/** Where a directory of a tree is. */
interface DirectoryPlace {
	readonly directory: Directory;
	/** Its path from the root, without symlinks. */
	readonly path: readonly ByteString[];
}

/**
 * A tree in the making. Trees that were kept of it share its directories, so a directory is copied, with those above
 * it, before the first change after that. Other inodes never change and have no copies: hard links stay what they are.
 */
export class TreeDraft {
	#root: Directory;
	/** Directories that no kept tree has. Those above such a directory are among them. */
	#own: Set<Inode>;
	#copied = 0;

	/** @param tree that stays as it is. */
	constructor({ root }: RootfsTree) {
		this.#root = root;
		this.#own = new Set();
	}

	get root(): Directory {
		return this.#root;
	}

	/** Entries of directories that were copied so far. */
	get copied(): number {
		return this.#copied;
	}

	/** Returns the tree as it is; nothing changes it any more. */
	keep(): RootfsTree {
		this.#own = new Set();
		return { root: this.#root };
	}

	/** Returns whether a directory is in no kept tree, so that it may change. */
	owns(directory: Directory): directory is DirectoryDraft {
		return this.#own.has(directory);
	}

	/** Returns the directory at a place, to be changed. */
	own({ directory, path }: DirectoryPlace): DirectoryDraft {
		if (this.owns(directory)) return directory;
		return path.reduce((above, name) => this.ownBelow(above, name), this.#ownRoot());
	}

	/** Returns the directory that a directory, which may change, has under a name: to be changed as well. */
	ownBelow(above: DirectoryDraft, name: ByteString): DirectoryDraft {
		const directory = above.entries.get(name);
		if (directory?.kind !== "directory") throw new TypeError("expected the name of a directory");
		if (this.owns(directory)) return directory;
		const copy = this.#copy(directory);
		above.entries.set(name, copy);
		return copy;
	}

	/** Makes an empty directory in one that may change, in place of whatever has the name. */
	makeDirectory(above: DirectoryDraft, name: ByteString, attributes: Attributes): DirectoryDraft {
		const directory: DirectoryDraft = { kind: "directory", attributes, entries: new Map() };
		this.#own.add(directory);
		above.entries.set(name, directory);
		return directory;
	}

	#ownRoot(): DirectoryDraft {
		if (this.owns(this.#root)) return this.#root;
		const copy = this.#copy(this.#root);
		this.#root = copy;
		return copy;
	}

	#copy({ attributes, entries }: Directory): DirectoryDraft {
		const copy: DirectoryDraft = { kind: "directory", attributes, entries: new Map(entries) };
		this.#copied += entries.size;
		this.#own.add(copy);
		return copy;
	}
}
