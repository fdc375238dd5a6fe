import type { ByteString } from "../../ground/bytes/index.js";
import type { Attributes, Directory, DirectoryDraft, Inode } from "./inode.js";
import type { TreeDraft } from "./tree-draft.js";

/**
 * What one layer has put into the tree so far. Whiteouts hide what the layers below brought,
 * never what their own layer did, wherever in the layer they stand. All that changes a directory takes one
 * that the draft may change.
 */
export class LayerChanges {
	readonly #draft: TreeDraft;
	readonly #implicit: () => Attributes;
	/** Names the layer has set in directories that existed before. */
	readonly #set = new Map<Directory, Set<ByteString>>();
	/** Directories that hold nothing of the layers below. */
	readonly #own = new Set<Directory>();

	/** @param implicit attributes of a directory that nobody described. */
	constructor(draft: TreeDraft, implicit: () => Attributes) {
		this.#draft = draft;
		this.#implicit = implicit;
	}

	/** Puts `inode` under a name, in place of whatever had it. */
	set(directory: DirectoryDraft, name: ByteString, inode: Inode): void {
		directory.entries.set(name, inode);
		this.#mark(directory, name);
	}

	/** Makes an empty directory. */
	makeDirectory(
		parent: DirectoryDraft,
		name: ByteString,
		attributes: Attributes = this.#implicit(),
	): DirectoryDraft {
		const directory = this.#draft.makeDirectory(parent, name, attributes);
		this.#own.add(directory);
		this.#mark(parent, name);
		return directory;
	}

	/** Gives a directory that stays new attributes. */
	update(parent: DirectoryDraft, name: ByteString, attributes: Attributes): void {
		this.#draft.ownBelow(parent, name).attributes = attributes;
		this.#mark(parent, name);
	}

	/** Returns whether this layer, not one below, brought the name. */
	has(directory: Directory, name: ByteString): boolean {
		return this.#own.has(directory) || this.#set.get(directory)?.has(name) === true;
	}

	/** Removes what lower layers have under a name. */
	hide(parent: DirectoryDraft, name: ByteString): void {
		const inode = parent.entries.get(name);
		if (inode === undefined) return;
		const kept = this.has(parent, name);
		// Of a directory that the draft does not own, this layer has nothing.
		if (inode.kind !== "directory" || !this.#draft.owns(inode)) {
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
		this.update(parent, name, this.#implicit());
	}

	/** Removes everything that lower layers have in a directory. */
	hideContents(directory: DirectoryDraft): void {
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
