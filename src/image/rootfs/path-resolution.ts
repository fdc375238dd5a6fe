import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { Directory, Inode } from "./inode.js";

/** What the kernel allows: bytes of a name, symlinks in one walk. */
const MAXIMUM_NAME = 255;
const MAXIMUM_SYMLINKS = 40;
/** Names of one walk, those of symlinks included: a path has 2,048 at the most, and links that lead on have few. */
const MAXIMUM_STEPS = 8192;
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
	/** The path of that directory from the root, without symlinks. */
	readonly path: readonly ByteString[];
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
	return walkAlong(root, names).place;
}

/**
 * Returns what a path leads to, as a process confined to the root would find it; undefined where nothing is.
 * @throws EntryFault as `resolveDirectory`
 */
export function resolveInode(root: Directory, names: readonly ByteString[]): Inode | undefined {
	const { place, left } = walkAlong(root, names);
	if (place.obstacle !== undefined) return left === 0 ? place.obstacle : undefined;
	return place.missing.length === 0 ? place.directory : undefined;
}

/** Walks until something is in the way. @returns where, and how many names are left to walk. */
function walkAlong(root: Directory, names: readonly ByteString[]): { place: Place; left: number } {
	const walk = new Walk(root);
	const todo = names.toReversed();
	for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
		const inode = walk.step(name);
		if (inode === undefined) continue;
		if (inode.kind !== "symlink") return { place: walk.place(inode), left: todo.length };
		todo.push(...walk.follow(inode.target));
	}
	return { place: walk.place(undefined), left: 0 };
}

class Walk {
	readonly #trail: Directory[];
	/** Names of the directories of the trail, the root's not among them. */
	readonly #path: ByteString[] = [];
	readonly #missing: ByteString[] = [];
	#symlinks = 0;
	#steps = 0;

	constructor(root: Directory) {
		this.#trail = [root];
	}

	/** One name further; returns what it finds when that is not a directory. */
	step(name: ByteString): Inode | undefined {
		if (++this.#steps > MAXIMUM_STEPS) {
			throw new EntryFault(`path: expected at most ${MAXIMUM_STEPS} names with those of symlinks, got more`);
		}
		if (name === "" || name === ".") return undefined;
		if (name === "..") {
			if (this.#missing.pop() === undefined) this.#leave();
			return undefined;
		}
		const inode = this.#missing.length === 0 ? this.#trail.at(-1)!.entries.get(name) : undefined;
		if (inode === undefined) this.#missing.push(name);
		else if (inode.kind === "directory") this.#enter(name, inode);
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
		if (target.startsWith("/")) {
			this.#trail.length = 1;
			this.#path.length = 0;
		}
		return (target.split("/") as ByteString[]).reverse();
	}

	place(obstacle: Inode | undefined): Place {
		const directory = this.#trail.at(-1)!;
		const followed = this.#symlinks > 0;
		return { directory, path: this.#path, missing: this.#missing, obstacle, followed };
	}

	#enter(name: ByteString, directory: Directory): void {
		this.#trail.push(directory);
		this.#path.push(name);
	}

	/** One directory up; the root has none above it. */
	#leave(): void {
		if (this.#path.pop() !== undefined) this.#trail.pop();
	}
}
