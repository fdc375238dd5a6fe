import { constants, copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BytesError, type Content } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { PendingFile, writeFileAtomically } from "./pending-file.js";
import { TemporaryDirectory } from "./temporary-directory.js";
import { TreeWriter } from "./tree-writer.js";

/**
 * A directory that appears under its name only when it is whole: made beside it, then put in
 * the place of what had the name. `discard` and the handlers of TemporaryDirectory clean up.
 */
export class DirectoryWriter {
	readonly path: string;
	readonly #temporary: TemporaryDirectory;

	private constructor(path: string, temporary: TemporaryDirectory) {
		this.path = path;
		this.#temporary = temporary;
	}

	/** @throws BytesError */
	static create(path: string): DirectoryWriter {
		const absolute = resolve(path);
		const writer = new DirectoryWriter(path, TemporaryDirectory.create(dirname(absolute)));
		try {
			makeDirectory(writer.#place("."));
		} catch (cause) {
			throw BytesError.fromSystem(path, "create", cause);
		}
		return writer;
	}

	/** Writes a small file; `name` is a relative path without `..`, its directories are made. */
	writeFile(name: string, bytes: Uint8Array | string): void {
		writeFileAtomically(this.#place(name), bytes);
	}

	/** Writes a file of any size. */
	writeContent(name: string, content: Content): void {
		const file = PendingFile.create(this.#place(name));
		try {
			file.writeContent(content);
			file.commit();
		} finally {
			file.discard();
		}
	}

	/** Gives a file that was written a copy; file systems that can share the blocks. */
	copyFile(from: string, to: string): void {
		try {
			mkdirSync(dirname(this.#place(to)), { recursive: true });
			copyFileSync(this.#place(from), this.#place(to), constants.COPYFILE_FICLONE);
		} catch (cause) {
			throw BytesError.fromSystem(join(this.path, to), "write", cause);
		}
	}

	/** A directory in it for a tree of files with attributes. */
	openTree(name: string): TreeWriter {
		return new TreeWriter(this.#place(name));
	}

	/** Puts the directory in its place; what was there is removed. */
	commit(): void {
		const target = resolve(this.path);
		const former = join(this.#temporary.path, "former");
		const replaces = existsSync(target);
		try {
			if (replaces) renameSync(target, former);
			try {
				renameSync(this.#place("."), target);
			} catch (cause) {
				if (replaces) renameSync(former, target);
				throw cause;
			}
		} catch (cause) {
			throw BytesError.fromSystem(this.path, "commit", cause);
		}
		this.#temporary.remove();
	}

	/** Removes what was not committed. May be called twice, and after `commit`. */
	discard(): void {
		this.#temporary.remove();
	}

	#place(name: string): string {
		return join(this.#temporary.path, "new", name);
	}
}
