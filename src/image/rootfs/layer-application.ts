import { type ByteString, type Content, displayByteString } from "../../ground/bytes/index.js";
import { entryAttributes } from "./attributes.js";
import type { Attributes, Directory, DirectoryDraft, Inode } from "./inode.js";
import { LayerChanges } from "./layer-changes.js";
import type { LayerEntry } from "./layer-steps.js";
import { EntryFault, type Place, resolveDirectory, splitPath } from "./path-resolution.js";
import type { TreeDraft } from "./tree-draft.js";
import { hiddenName, WHITEOUT_PREFIX, whiteoutMeaning } from "./whiteout.js";

/** How the entries of a layer become a tree. */
export interface ApplicationOptions {
	/** Modification time of directories that no entry describes, in seconds. Default 0. */
	readonly time?: number | undefined;
	/** Later modification times are set to this one. Default: none is. */
	readonly maximumTime?: number | undefined;
	/** Called with each file as it comes into the tree, so that compressing it can begin; it may yet be hidden. */
	readonly onContent?: ((content: Content) => void) | undefined;
	/** Whether `.wh.` names are whiteouts. Default true. */
	readonly whiteouts?: boolean | undefined;
}

type Warn = (message: string) => void;

const MADE_AGAIN = "directory made again beside its whiteout: Docker's overlay2 may show what was in it";

/** Applies the entries of one layer to a tree, in memory (docs/formats/images.md#applying-layers). */
export class LayerApplication {
	readonly #draft: TreeDraft;
	readonly #options: ApplicationOptions;
	readonly #changes: LayerChanges;
	/** Directories of lower layers that whiteouts hid. */
	readonly #hidden = new Map<Directory, Set<ByteString>>();
	/** For the entry being applied. */
	#warn: Warn = () => {};

	constructor(draft: TreeDraft, options: ApplicationOptions) {
		this.#draft = draft;
		this.#options = options;
		this.#changes = new LayerChanges(draft, () => implicitAttributes(options.time ?? 0));
	}

	/**
	 * Applies one entry.
	 * @throws EntryFault
	 */
	apply(entry: LayerEntry, warn: Warn): void {
		this.#warn = (message) => warn(`${displayByteString(entry.path)}: ${message}`);
		const literal = this.#options.whiteouts === false;
		const names = splitPath(entry.path, literal ? "" : WHITEOUT_PREFIX);
		const meaning = literal || names.length === 0 ? "plain" : whiteoutMeaning(names);
		if (meaning === "whiteout") this.#hide(names);
		else if (meaning === "opaque") this.#hideContents(names);
		else if (meaning === "plain") this.#applyPlain(entry, names);
	}

	#applyPlain(entry: LayerEntry, names: readonly ByteString[]): void {
		const name = names.at(-1);
		if (name === undefined) {
			this.#applyRoot(entry);
			return;
		}
		const directory = this.#makeParent(names);
		switch (entry.kind) {
			case "directory":
				this.#applyDirectory(entry, directory, name);
				return;
			case "hardlink":
				this.#changes.set(directory, name, this.#linkTarget(entry, directory, name));
				return;
			case "character-device":
				if (entry.deviceMajor === 0 && entry.deviceMinor === 0) {
					directory.entries.delete(name);
					this.#warn("device 0:0 left out: below an overlay it is a whiteout");
					return;
				}
		}
		this.#changes.set(directory, name, this.#makeInode(entry));
	}

	#applyRoot(entry: LayerEntry): void {
		if (entry.kind !== "directory") throw new EntryFault(`root: expected a directory, got a ${entry.kind}`);
		this.#draft.own({ directory: this.#draft.root, path: [] }).attributes = this.#attributes(entry);
	}

	#applyDirectory(entry: LayerEntry, parent: DirectoryDraft, name: ByteString): void {
		const existing = parent.entries.get(name);
		const attributes = this.#attributes(entry);
		if (existing?.kind === "directory") this.#changes.update(parent, name, attributes);
		else this.#changes.makeDirectory(parent, name, attributes);
		if (this.#hidden.get(parent)?.has(name)) this.#warn(MADE_AGAIN);
	}

	#makeInode(entry: LayerEntry): Inode {
		const attributes = this.#attributes(entry);
		switch (entry.kind) {
			case "symlink":
				return { kind: "symlink", attributes, target: entry.linkPath };
			case "fifo":
				return { kind: "fifo", attributes };
			case "block-device":
			case "character-device":
				return { kind: entry.kind, attributes, major: entry.deviceMajor, minor: entry.deviceMinor };
		}
		const content = entry.content!;
		this.#options.onContent?.(content);
		return { kind: "file", attributes, content };
	}

	/** The inode a hard link names: the last name is not followed. */
	#linkTarget(entry: LayerEntry, directory: Directory, name: ByteString): Inode {
		const names = splitPath(entry.linkPath);
		const last = names.at(-1);
		const place = this.#resolveParent(names);
		const found = last !== undefined && isThere(place) ? place.directory.entries.get(last) : undefined;
		const target = displayByteString(entry.linkPath);
		if (last === undefined || found?.kind === "directory")
			throw new EntryFault(`hard link to the directory ${target}`);
		if (found === undefined) throw new EntryFault(`hard link to ${target}, which is not there`);
		if (place.directory === directory && last === name) throw new EntryFault("hard link to itself");
		if (!this.#changes.has(place.directory, last)) {
			this.#warn(`hard link to ${target} of a lower layer: Docker's overlay2 refuses it`);
		}
		return found;
	}

	#hide(names: readonly ByteString[]): void {
		const place = this.#resolveParent(names);
		const hidden = hiddenName(names.at(-1)!);
		if (!isThere(place)) return;
		if (place.followed) this.#warn("whiteout through a symlink: Docker's overlay2 reads it otherwise");
		const inode = place.directory.entries.get(hidden);
		if (inode === undefined) return;
		const parent = this.#draft.own(place);
		if (inode.kind === "directory") this.#hideDirectory(parent, hidden);
		else this.#changes.hide(parent, hidden);
	}

	#hideDirectory(parent: DirectoryDraft, name: ByteString): void {
		const names = this.#hidden.get(parent) ?? new Set();
		this.#hidden.set(parent, names.add(name));
		this.#changes.hide(parent, name);
		if (parent.entries.has(name)) this.#warn(MADE_AGAIN);
	}

	#hideContents(names: readonly ByteString[]): void {
		const place = this.#resolveParent(names);
		if (!isThere(place)) return;
		if (names.length === 1) this.#warn("opaque root: Docker's overlay2 ignores it");
		if (place.followed)
			this.#warn("opaque marker through a symlink: Docker's overlay2 keeps what it leads to");
		this.#changes.hideContents(this.#draft.own(place));
	}

	/** The directory that an entry goes into; what is missing of it is made. */
	#makeParent(names: readonly ByteString[]): DirectoryDraft {
		const place = this.#resolveParent(names);
		const { missing, obstacle } = place;
		if (obstacle !== undefined) throw new EntryFault(`parent: expected a directory, got a ${obstacle.kind}`);
		const directory = this.#draft.own(place);
		return missing.reduce((parent, name) => this.#changes.makeDirectory(parent, name), directory);
	}

	#resolveParent(names: readonly ByteString[]): Place {
		return resolveDirectory(this.#draft.root, names.slice(0, -1));
	}

	#attributes(entry: LayerEntry): Attributes {
		return entryAttributes(entry, this.#options.maximumTime ?? Number.POSITIVE_INFINITY, this.#warn);
	}
}

/** Of a directory that no entry describes. */
export function implicitAttributes(time: number): Attributes {
	return { mode: 0o755, uid: 0, gid: 0, mtime: time, xattrs: new Map() };
}

function isThere(place: Place): boolean {
	return place.obstacle === undefined && place.missing.length === 0;
}
