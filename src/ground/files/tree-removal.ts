import { readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { BytesError, errorCode } from "../bytes/index.js";
import { HeldDirectory } from "./held-directory.js";

/**
 * Removes a file, or a directory with all that is in it. Links are removed, never followed, and directories
 * that may not be written are made writable first. Goes on after something cannot be removed. Does nothing
 * for an absent path.
 * @throws BytesError for the first that is left
 */
export function removeTree(path: string): void {
	const absolute = resolve(path);
	let parent: HeldDirectory;
	try {
		parent = HeldDirectory.open(dirname(absolute));
	} catch (cause) {
		const error = BytesError.fromSystem(path, "remove", cause);
		if (error.code === "ERR_FILE_NOT_FOUND") return;
		throw error;
	}
	try {
		removeEntry(parent, basename(absolute));
	} catch (cause) {
		throw BytesError.fromSystem(path, "remove", cause);
	} finally {
		parent.close();
	}
}

/**
 * Removes a name in a held directory as `removeTree` does. @throws the system's error for the first that is
 * left
 */
export function removeEntry(parent: HeldDirectory, name: Buffer | string): void {
	const place = parent.place(name);
	try {
		unlinkSync(place);
	} catch (cause) {
		const code = errorCode(cause);
		if (code === "ENOENT") return;
		// For a directory, Linux returns EISDIR, and other systems EPERM.
		if (code !== "EISDIR" && code !== "EPERM") throw cause;
		emptyDirectory(parent, name);
		rmdirSync(place);
	}
}

function emptyDirectory(parent: HeldDirectory, name: Buffer | string): void {
	const directory = parent.openChild(name);
	let failure: unknown;
	try {
		directory.makeWritable();
		for (const child of readdirSync(directory.place("."), "buffer")) {
			try {
				removeEntry(directory, child);
			} catch (cause) {
				failure ??= cause;
			}
		}
	} finally {
		directory.close();
	}
	if (failure !== undefined) throw failure;
}
