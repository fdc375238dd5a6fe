import { rmdirSync } from "node:fs";
import { dirname } from "node:path";
import { BytesError, type Content, withoutTrailing } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { PendingFile } from "./pending-file.js";
import { placeBelow } from "./place-below.js";
import { removeTree } from "./tree-removal.js";

/**
 * Changes to files of a directory that take place together: all bytes are on the disk before
 * the first name changes, so that whatever fails before leaves everything as it was. Names are of the
 * directory itself: a symbolic link among the components of one is refused.
 */
export class FileChanges {
	readonly directory: string;
	readonly #writes: Map<string, PendingFile> = new Map();
	readonly #removals: Set<string> = new Set();

	constructor(directory: string) {
		this.directory = directory;
	}

	/** Writes a file; `name` is a path in the directory, or an absolute one. */
	write(name: string, bytes: Uint8Array | string): void {
		this.#create(name).write(typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes, 0);
	}

	/** Writes a file of any size. @returns the lower-case hex SHA-256 of what was written */
	writeContent(name: string, content: Content): string {
		return this.#create(name).writeContent(content);
	}

	/** Makes a directory at once, if there is none: for one that others expect, even empty. */
	makeDirectory(name: string): void {
		try {
			makeDirectory(this.#place(name));
		} catch (cause) {
			throw BytesError.fromSystem(name, "create", cause);
		}
	}

	/**
	 * Gives `existing`, a path on the same disk, a second name, and makes both read-only.
	 * @returns the lower-case hex SHA-256 of the linked file, which may have changed since the path was
	 *   checked.
	 * @throws BytesError
	 */
	link(name: string, existing: string): string {
		const file = this.#create(name);
		try {
			return file.linkTo(existing);
		} catch (cause) {
			throw BytesError.fromSystem(name, "link", cause);
		}
	}

	/** Removes a file, or a directory with its contents, if it exists. */
	remove(name: string): void {
		this.#discardWrite(name);
		this.#removals.add(name);
	}

	/** Returns what `commit` does with a name; undefined for a name without changes. */
	decides(name: string): "written" | "removed" | undefined {
		if (this.#writes.has(name)) return "written";
		return this.#removals.has(name) ? "removed" : undefined;
	}

	/**
	 * Writes in the order of the calls, then removes: so the file that is written last, such as a
	 * state, decides, and a process that is killed has lost nothing before it.
	 */
	commit(): void {
		try {
			for (const [name, file] of this.#writes) file.commit(this.#place(name));
			for (const name of this.#removals) this.#removeNow(name);
		} finally {
			this.discard();
		}
	}

	/** Discards what was not committed. May be called twice, and after `commit`. */
	discard(): void {
		for (const file of this.#writes.values()) file.discard();
		this.#writes.clear();
		this.#removals.clear();
	}

	#create(name: string): PendingFile {
		this.#discardWrite(name);
		this.#removals.delete(name);
		const file = PendingFile.create(this.#place(name));
		this.#writes.set(name, file);
		return file;
	}

	#discardWrite(name: string): void {
		this.#writes.get(name)?.discard();
		this.#writes.delete(name);
	}

	#removeNow(name: string): void {
		const path = this.#place(withoutTrailing(name, "/"));
		removeTree(path);
		removeEmptyDirectories(dirname(path), this.directory);
	}

	#place(name: string): string {
		return name.startsWith("/") ? name : placeBelow(this.directory, name);
	}
}

/** Removes directories that became empty. */
function removeEmptyDirectories(path: string, top: string): void {
	for (let at = path; at.length > top.length && at.startsWith(`${top}/`); at = dirname(at)) {
		try {
			rmdirSync(at);
		} catch {
			return;
		}
	}
}
