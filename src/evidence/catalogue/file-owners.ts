import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";

/** A package, of which only the identity matters here. */
type Owner = object;

/** Strength of claims; a higher one replaces a lower one. */
const RANKS = { none: 0, language: 1, system: 2 } as const;
const COMPILED_IN = "__pycache__";
const UNPRINTED = /[\x00-\x1f\x7f-\x9f\\]/;

/**
 * Decides which package each file of an image belongs to: at most one, so that sizes add up.
 * 1. the system package that lists it, and of several the one whose list is read first;
 * 2. else the Python distribution whose RECORD lists it;
 * 3. else the innermost Node package in whose directory it lies;
 * 4. else, for files that Python compiled, the package of the source beside it.
 */
export class FileOwners {
	/** Index of each path. Claims on other paths are ignored, so that hostile lists take no memory. */
	readonly #places: ReadonlyMap<string, number>;
	readonly #owners: (Owner | undefined)[];
	readonly #ranks: Uint8Array;
	readonly #directories: Map<string, Owner | undefined> = new Map();

	/** @param paths of files as `displayByteString` shows them, from the root, without a leading slash. */
	constructor(paths: readonly string[]) {
		this.#places = new Map(paths.map((path, place) => [path, place]));
		this.#owners = new Array(paths.length).fill(undefined);
		this.#ranks = new Uint8Array(paths.length);
	}

	/** Returns the index of a path. */
	placeOf(path: string): number | undefined {
		return this.#places.get(path);
	}

	/** Records that a package lists a file. @param path absolute, as in the list. */
	claim(path: string, owner: Owner, rank: "language" | "system"): void {
		const place = this.#places.get(shownPath(path).slice(1));
		if (place === undefined || this.#ranks[place]! >= RANKS[rank]) return;
		this.#owners[place] = owner;
		this.#ranks[place] = RANKS[rank];
	}

	/** Records that the files in a directory belong to a package. @param directory in the form of the paths. */
	claimDirectory(directory: string, owner: Owner): void {
		if (!this.#directories.has(directory)) this.#directories.set(directory, owner);
	}

	/** Returns the index of the owner of each path, -1 for none. */
	settle(indexes: ReadonlyMap<Owner, number>): Int32Array {
		if (this.#directories.size > 0) this.#settleDirectories();
		for (const [path, place] of this.#places) {
			const source = this.#owners[place] === undefined ? sourceOf(path) : undefined;
			if (source !== undefined) this.#owners[place] = this.#owners[this.#places.get(source) ?? -1];
		}
		return Int32Array.from(this.#owners, (owner) => (owner && indexes.get(owner)) ?? -1);
	}

	#settleDirectories(): void {
		for (const [path, place] of this.#places) {
			this.#owners[place] ??= this.#ownerAt(directoryOf(path));
		}
	}

	/**
	 * Looks for an owner in the directories above. It remembers results, so that each directory is looked up
	 * once.
	 */
	#ownerAt(directory: string): Owner | undefined {
		const passed: string[] = [];
		let place = directory;
		while (place !== "" && !this.#directories.has(place)) {
			passed.push(place);
			place = directoryOf(place);
		}
		const owner = this.#directories.get(place);
		for (const each of passed) this.#directories.set(each, owner);
		return owner;
	}
}

/**
 * Returns a path as it is shown. Names with a backslash, as systemd has, or control characters are shown
 * differently.
 */
function shownPath(path: string): string {
	return UNPRINTED.test(path) ? displayByteString(utf8ByteString(path)) : path;
}

function directoryOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/**
 * Returns the source of a file that Python compiled, `a/b.py` for `a/__pycache__/b.cpython-311.opt-1.pyc`;
 * undefined for others.
 */
function sourceOf(path: string): string | undefined {
	if (!path.endsWith(".pyc")) return undefined;
	const slash = path.lastIndexOf("/");
	const home = path.slice(0, Math.max(0, slash) - COMPILED_IN.length);
	const [name = "", ...tags] = path.slice(slash + 1).split(".");
	const isCompiled = path.startsWith(COMPILED_IN, home.length) && tags.length >= 2;
	return isCompiled ? `${home}${name}.py` : undefined;
}
