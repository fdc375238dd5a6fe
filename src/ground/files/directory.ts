import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../bytes/index.js";

/**
 * Makes a directory, and those above it, unless it exists. Node's recursive mkdir never returns where a
 * directory cannot be made, as below /proc.
 * @param mode of those that are made, before the umask.
 * @returns those that were made, the deepest last.
 * @throws the system's error.
 */
export function makeDirectory(path: string, mode: number = 0o777): readonly string[] {
	try {
		mkdirSync(path, mode);
		return [path];
	} catch (cause) {
		const code = errorCode(cause);
		if (code !== "ENOENT" && isThere(path)) return [];
		if (code !== "ENOENT" || dirname(path) === path) throw cause;
		const above = makeDirectory(dirname(path), mode);
		return makeLast(path, mode) ? [...above, path] : above;
	}
}

/** Below directories that are there; returns false where another process was quicker. */
function makeLast(path: string, mode: number): boolean {
	try {
		mkdirSync(path, mode);
		return true;
	} catch (cause) {
		if (!isThere(path)) throw cause;
		return false;
	}
}

function isThere(path: string): boolean {
	return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
