import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Returns whether the file system of a directory ignores the case of names, as macOS and Windows usually do.
 * Then the name of the directory in the other case leads to it too. If it does not exist, the nearest
 * directory above is tested.
 */
export function foldsCase(directory: string): boolean {
	for (let path = resolve(directory); ; path = dirname(path)) {
		const other = join(dirname(path), otherCase(basename(path)));
		const found = identityOf(path);
		if (other === path && path === dirname(path)) return false;
		// A name without letters, such as 2026, proves nothing.
		if (found !== undefined && other !== path) return identityOf(other) === found;
	}
}

function otherCase(name: string): string {
	const upper = name.toUpperCase();
	return upper === name ? name.toLowerCase() : upper;
}

function identityOf(path: string): string | undefined {
	const stats = statSync(path, { throwIfNoEntry: false });
	return stats && `${stats.dev}:${stats.ino}`;
}
