import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { BytesError } from "../bytes/index.js";

/** Bytes that this user may still write below a directory, which need not be there yet. */
export function freeDiskBytes(directory: string): number {
	return ofNearest(directory, (path) => {
		const { bavail, bsize } = statfsSync(path);
		return bavail * bsize;
	});
}

/** The same for directories on one file system. They need not be there yet. */
export function fileSystemOf(directory: string): string {
	return ofNearest(directory, (path) => String(statSync(path).dev));
}

/** Asks the directory or, while that is not there, the one it will be made in. */
function ofNearest<T>(directory: string, ask: (path: string) => T): T {
	try {
		return ask(directory);
	} catch (cause) {
		const error = BytesError.fromSystem(directory, "statfs", cause);
		if (error.code !== "ERR_FILE_NOT_FOUND" || dirname(directory) === directory) throw error;
		return ofNearest(dirname(directory), ask);
	}
}
