import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The files below a directory that a pattern takes, by their paths in it. Links are not followed. */
export function filesBelow(directory: string, takes: (path: string) => boolean): Record<string, Buffer> {
	const found = readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(directory, join(entry.parentPath, entry.name)));
	return Object.fromEntries(found.filter(takes).map((path) => [path, readFileSync(join(directory, path))]));
}
