import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { BytesError } from "../bytes/index.js";
import { isPendingName } from "./pending-file.js";

/**
 * Relative paths of the regular files below a directory, and of links to such, in code unit order. Links to
 * directories are not followed, and pending files are left out.
 *
 * @param skip names in the directory itself that are passed over.
 * @throws BytesError
 */
export function listFilesBelow(directory: string, skip: readonly string[] = []): string[] {
	const files: string[] = [];
	const open = [""];
	for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
		for (const entry of entriesOf(join(directory, prefix))) {
			if ((prefix === "" && skip.includes(entry.name)) || isPendingName(entry.name)) continue;
			const path = `${prefix}${entry.name}`;
			if (entry.isDirectory()) open.push(`${path}/`);
			else if (entry.isFile() || leadsToFile(join(directory, path), entry.isSymbolicLink())) files.push(path);
		}
	}
	return files.sort();
}

function entriesOf(path: string): ReturnType<typeof readEntries> {
	try {
		return readEntries(path);
	} catch (cause) {
		throw BytesError.fromSystem(path, "list", cause);
	}
}

function readEntries(path: string) {
	return readdirSync(path, { withFileTypes: true });
}

function leadsToFile(path: string, isLink: boolean): boolean {
	if (!isLink) return false;
	try {
		return statSync(path).isFile();
	} catch {
		return false; // A link that leads nowhere.
	}
}
