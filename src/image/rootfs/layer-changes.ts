import type { ByteString } from "../../ground/bytes/index.js";
import type { Attributes, Directory, Inode } from "./inode.js";

/**
 * What one layer has put into the tree so far. Whiteouts hide what the layers below brought,
 * never what their own layer did, wherever in the layer they stand.
 */
export class LayerChanges {
	readonly #implicit: () => Attributes;
	/** Names the layer has set in directories that existed before. */
	readonly #set = new Map<Directory, Set<ByteString>>();
	/** Directories that hold nothing of the layers below. */
	readonly #own = new Set<Directory>();

	/** @param implicit attributes of a directory that nobody described. */
	constructor(implicit: () => Attributes) {
		this.#implicit = implicit;
	}

	/** Puts `inode` under a name, in place of whatever had it. */
	set(directory: Directory, name: ByteString, inode: Inode): void {
		directory.entries.set(name, inode);
		this.#mark(directory, name);
	}

	/** Makes an empty directory. */
	makeDirectory(parent: Directory, name: ByteString, attributes: Attributes = this.#implicit()): Directory {
		const directory: Directory = { kind: "directory", attributes, entries: new Map() };
		this.#own.add(directory);
		this.set(parent, name, directory);
		return directory;
	}

	/** Gives a directory that stays new attributes. */
	update(parent: Directory, name: ByteString, directory: Directory, attributes: Attributes): void {
		directory.attributes = attributes;
		this.#mark(parent, name);
	}

	/** Returns whether this layer, not one below, brought the name. */
	has(directory: Directory, name: ByteString): boolean {
		return this.#own.has(directory) || this.#set.get(directory)?.has(name) === true;
	}

	/** Removes what lower layers have under a name. */
	hide(parent: Directory, name: ByteString): void {
		const inode = parent.entries.get(name);
		if (inode === undefined) return;
		const kept = this.has(parent, name);
		if (inode.kind !== "directory") {
			if (!kept) parent.entries.delete(name);
			return;
		}
		this.hideContents(inode);
		if (kept) return;
		if (inode.entries.size === 0) {
			parent.entries.delete(name);
			return;
		}
		// The directory itself is hidden too; the layer's own entries in it need a new one.
		this.update(parent, name, inode, this.#implicit());
	}

	/** Removes everything that lower layers have in a directory. */
	hideContents(directory: Directory): void {
		if (this.#own.has(directory)) return;
		for (const name of [...directory.entries.keys()]) this.hide(directory, name);
		this.#own.add(directory);
		this.#set.delete(directory);
	}

	#mark(directory: Directory, name: ByteString): void {
		if (this.#own.has(directory)) return;
		const names = this.#set.get(directory);
		if (names === undefined) this.#set.set(directory, new Set([name]));
		else names.add(name);
	}
}
