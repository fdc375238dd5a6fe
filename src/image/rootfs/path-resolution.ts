import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { Directory, Inode } from "./inode.js";

/** What the kernel allows: bytes of a name, symlinks in one walk. */
const MAXIMUM_NAME = 255;
const MAXIMUM_SYMLINKS = 40;
/** Directories below each other. Deeper trees cannot be walked by path, and exhaust recursion. */
const MAXIMUM_DEPTH = 2048;

/** Why an entry cannot be applied, before its name and layer are known. */
export class EntryFault extends Error {}

/**
 * A path's names from the root on, without `.` and empty ones.
 * @param prefix what may stand before a name without counting as part of it.
 */
export function splitPath(path: ByteString, prefix = ""): ByteString[] {
	const names: ByteString[] = [];
	for (const name of path.split("/") as ByteString[]) {
		if (name === "" || name === ".") continue;
		if (name === "..") throw new EntryFault(`path ${displayByteString(path)} has a ".."`);
		const length = name.startsWith(prefix) ? name.length - prefix.length : name.length;
		if (length > MAXIMUM_NAME) {
			throw new EntryFault(`name: expected at most ${MAXIMUM_NAME} bytes, got ${length}`);
		}
		names.push(name);
	}
	return names;
}

/** Where a walk inside the root has come to. */
export interface Place {
	/** The last directory that exists. */
	readonly directory: Directory;
	/** Names below it that do not. */
	readonly missing: readonly ByteString[];
	/** What is in the way: something that is not a directory. */
	readonly obstacle: Inode | undefined;
	/** Whether a symlink was followed. */
	readonly followed: boolean;
}

/**
 * Walks to a directory as a process confined to the root would: symlinks are followed, absolute
 * ones from the root, and `..` in them stops at the root.
 * @throws EntryFault at a loop of symlinks, or too deep.
 */
export function resolveDirectory(root: Directory, names: readonly ByteString[]): Place {
	const walk = new Walk(root);
	const todo = names.toReversed();
	for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
		const inode = walk.step(name);
		if (inode === undefined) continue;
		if (inode.kind !== "symlink") return walk.place(inode);
		todo.push(...walk.follow(inode.target));
	}
	return walk.place(undefined);
}

class Walk {
	readonly #trail: Directory[];
	readonly #missing: ByteString[] = [];
	#symlinks = 0;

	constructor(root: Directory) {
		this.#trail = [root];
	}

	/** One name further; returns what it finds when that is not a directory. */
	step(name: ByteString): Inode | undefined {
		if (name === "" || name === ".") return undefined;
		if (name === "..") {
			if (this.#missing.pop() === undefined && this.#trail.length > 1) this.#trail.pop();
			return undefined;
		}
		const inode = this.#missing.length === 0 ? this.#trail.at(-1)!.entries.get(name) : undefined;
		if (inode === undefined) this.#missing.push(name);
		else if (inode.kind === "directory") this.#trail.push(inode);
		else return inode;
		if (this.#trail.length + this.#missing.length > MAXIMUM_DEPTH) {
			throw new EntryFault(`path: expected at most ${MAXIMUM_DEPTH} directories below each other`);
		}
		return undefined;
	}

	/** The names of a symlink's target, last first. */
	follow(target: ByteString): ByteString[] {
		this.#symlinks++;
		if (this.#symlinks > MAXIMUM_SYMLINKS) throw new EntryFault("path: too many levels of symlinks");
		if (target.startsWith("/")) this.#trail.length = 1;
		return (target.split("/") as ByteString[]).reverse();
	}

	place(obstacle: Inode | undefined): Place {
		const directory = this.#trail.at(-1)!;
		return { directory, missing: this.#missing, obstacle, followed: this.#symlinks > 0 };
	}
}
