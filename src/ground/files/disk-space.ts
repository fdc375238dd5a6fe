import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { BytesError } from "../bytes/index.js";

/** Returns the bytes that this user may still write below a directory, which need not exist yet. */
export function freeDiskBytes(directory: string): number {
	return ofNearest(directory, (path) => {
		const { bavail, bsize } = statfsSync(path);
		return bavail * bsize;
	});
}

/** Returns an id of the file system of a directory, which need not exist yet. */
export function fileSystemOf(directory: string): string {
	return ofNearest(directory, (path) => String(statSync(path).dev));
}

/** Asks the directory, or the nearest existing one above it. */
function ofNearest<T>(directory: string, ask: (path: string) => T): T {
	try {
		return ask(directory);
	} catch (cause) {
		const error = BytesError.fromSystem(directory, "statfs", cause);
		if (error.code !== "ERR_FILE_NOT_FOUND" || dirname(directory) === directory) throw error;
		return ofNearest(dirname(directory), ask);
	}
}
