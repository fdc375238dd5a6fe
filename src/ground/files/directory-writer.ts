import { constants, copyFileSync, lstatSync, mkdirSync, renameSync, statSync, symlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BytesError, type Content } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { type FileContent, openFileContent } from "./file-content.js";
import { PendingFile, writeFileAtomically } from "./pending-file.js";
import { FORMER, FORMER_NAME, TemporaryDirectory } from "./temporary-directory.js";
import { TreeWriter } from "./tree-writer.js";

/**
 * Commits outputs in their order, unless a signal has come that ends the process. A former directory that cannot be
 * removed does not keep the outputs after it from their places.
 * @throws BytesError ERR_FILE_LEFT after all others are committed; any other error at once
 */
export async function commitAll(outputs: readonly { commit(): void }[]): Promise<void> {
	// Handlers of signals run between two turns. The first turn may be the one in which the signal came.
	await nextTurn();
	await nextTurn();
	let left: unknown;
	for (const output of outputs) {
		try {
			output.commit();
		} catch (error) {
			if (!(error instanceof BytesError && error.code === "ERR_FILE_LEFT")) throw error;
			left ??= error;
		}
	}
	if (left !== undefined) throw left;
}

/**
 * A directory that gets its name only when it is complete: it is made beside its place, and then replaces
 * what has the name. `discard` and the handlers of TemporaryDirectory clean up.
 */
export class DirectoryWriter {
	readonly path: string;
	readonly #temporary: TemporaryDirectory;

	private constructor(path: string, temporary: TemporaryDirectory) {
		this.path = path;
		this.#temporary = temporary;
	}

	/** @throws BytesError; ERR_FILE_KIND where something else than a directory has the name */
	static create(path: string): DirectoryWriter {
		const absolute = resolve(path);
		refuseOther(path, absolute);
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

	/** Writes a file of any size. @returns the lower-case hex SHA-256 of what was written */
	writeContent(name: string, content: Content): string {
		const file = PendingFile.create(this.#place(name));
		try {
			const sha256 = file.writeContent(content);
			file.commit();
			return sha256;
		} finally {
			file.discard();
		}
	}

	/** Opens a file that was written. */
	openFile(name: string): FileContent {
		return openFileContent(this.#place(name));
	}

	/** Copies a written file; file systems that can share its blocks do. */
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

	/**
	 * Puts the directory in its place, and removes what was there. If the process is killed in between, the
	 * name has the old or the new directory, or the old one is in the temporary directory with its name beside
	 * it, and the next process restores it.
	 * @throws BytesError; ERR_FILE_LEFT for a former directory that cannot be removed, with the new one in
	 *   place
	 */
	commit(): void {
		const target = resolve(this.path);
		const replaces = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
		try {
			if (replaces) this.#moveAside(target);
			renameSync(this.#place("."), target);
		} catch (cause) {
			if (replaces) this.#moveBack(target);
			throw BytesError.fromSystem(this.path, "commit", cause);
		}
		this.#removeFormer();
	}

	/** Removes what was not committed. Never throws; may be called twice, and after `commit`. */
	discard(): void {
		this.#temporary.remove();
	}

	#moveAside(target: string): void {
		// A link's target is on the disk whole or not at all, unlike the content of a file.
		symlinkSync(basename(target), join(this.#temporary.path, FORMER_NAME));
		renameSync(target, join(this.#temporary.path, FORMER));
	}

	#removeFormer(): void {
		try {
			this.#temporary.removeOrFail();
		} catch (cause) {
			const reason = cause instanceof Error ? cause.message : String(cause);
			const left = `${this.path}: commit: done, but what it replaced could not be removed: ${reason}`;
			throw new BytesError("ERR_FILE_LEFT", left, { cause });
		}
	}

	/** Undoes `#moveAside` as far as it went. */
	#moveBack(target: string): void {
		const former = join(this.#temporary.path, FORMER);
		if (lstatSync(former, { throwIfNoEntry: false }) === undefined) return;
		try {
			renameSync(former, target);
		} catch (cause) {
			this.#temporary.keep();
			throw BytesError.fromSystem(this.path, `restore (what was there is kept in ${former})`, cause);
		}
	}

	#place(name: string): string {
		return join(this.#temporary.path, "new", name);
	}
}

/** Refuses a name that something else than a directory has: it would be lost where the directory takes its name. */
function refuseOther(path: string, absolute: string): void {
	let reason: string;
	try {
		if (lstatSync(absolute, { throwIfNoEntry: false }) === undefined) return;
		const target = statSync(absolute, { throwIfNoEntry: false });
		if (target?.isDirectory()) return;
		reason = target === undefined ? "is a link that leads nowhere" : "is not a directory";
	} catch (cause) {
		throw BytesError.fromSystem(path, "write", cause);
	}
	throw new BytesError("ERR_FILE_KIND", `${path}: write: ${reason}, expected a directory or nothing`);
}
