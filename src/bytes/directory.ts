import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory, and those above it; one that is there is fine. Node's own way to do so never
 * ends where a directory takes no other, as below /proc.
 * @throws the system's error.
 */
export function makeDirectory(path: string): void {
	try {
		mkdirSync(path);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		if (code !== "ENOENT" && isThere(path)) return;
		if (code !== "ENOENT" || dirname(path) === path) throw cause;
		makeDirectory(dirname(path));
		makeLast(path);
	}
}

/** Below directories that are there; another process may be quicker. */
function makeLast(path: string): void {
	try {
		mkdirSync(path);
	} catch (cause) {
		if (!isThere(path)) throw cause;
	}
}

function isThere(path: string): boolean {
	return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
