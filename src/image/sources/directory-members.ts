import { join } from "node:path";
import { BytesError } from "../../ground/bytes/index.js";
import { type FileContent, openFileContent } from "../../ground/files/index.js";
import type { MemberSet } from "./member-set.js";

/** The files below a directory. Paths come from digests and constants, never from a document. */
export function directoryMembers(directory: string): MemberSet {
	const open = new Map<string, FileContent>();
	return {
		name: directory,
		async open(path) {
			const known = open.get(path) ?? openIfThere(join(directory, path));
			if (known !== undefined) open.set(path, known);
			return known;
		},
		close() {
			for (const content of open.values()) content.close();
			open.clear();
		},
	};
}

function openIfThere(path: string): FileContent | undefined {
	try {
		return openFileContent(path);
	} catch (error) {
		if (error instanceof BytesError && error.code === "ERR_FILE_NOT_FOUND") return undefined;
		throw error;
	}
}
