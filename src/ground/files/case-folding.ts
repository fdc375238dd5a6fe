import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Returns whether the file system of a directory takes names that differ in case alone for one file, as macOS and
 * Windows usually do: its own name, in the other case, then leads to it, too. Of one that does not exist, the nearest
 * directory above it counts.
 */
export function foldsCase(directory: string): boolean {
	for (let path = resolve(directory); ; path = dirname(path)) {
		const other = join(dirname(path), otherCase(basename(path)));
		const found = identityOf(path);
		if (other === path && path === dirname(path)) return false;
		// A name without letters, such as 2026, says nothing.
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
