import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory, and those above it; an existing one is fine. Node's own way to do so never
 * ends where a directory takes no other, as below /proc.
 * @param mode of those that are made, before the umask.
 * @throws the system's error.
 */
export function makeDirectory(path: string, mode: number = 0o777): void {
	try {
		mkdirSync(path, mode);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		if (code !== "ENOENT" && isThere(path)) return;
		if (code !== "ENOENT" || dirname(path) === path) throw cause;
		makeDirectory(dirname(path), mode);
		makeLast(path, mode);
	}
}

/** Below directories that are there; another process may be quicker. */
function makeLast(path: string, mode: number): void {
	try {
		mkdirSync(path, mode);
	} catch (cause) {
		if (!isThere(path)) throw cause;
	}
}

function isThere(path: string): boolean {
	return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
