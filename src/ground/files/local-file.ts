import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { BytesError } from "../bytes/index.js";

/** A small local file whole, or undefined where there is none. @throws BytesError */
export function readFileIfPresent(path: string): Uint8Array | undefined {
	try {
		return readFileSync(path);
	} catch (cause) {
		if (isAbsence(cause)) return undefined;
		throw BytesError.fromSystem(path, "read", cause);
	}
}

/** The names in a directory in byte order; none where there is no such directory. @throws BytesError */
export function listDirectory(path: string): string[] {
	try {
		return readdirSync(path).sort();
	} catch (cause) {
		if (isAbsence(cause)) return [];
		throw BytesError.fromSystem(path, "list", cause);
	}
}

function isAbsence(cause: unknown): boolean {
	const { code } = cause as NodeJS.ErrnoException;
	return code === "ENOENT" || code === "ENOTDIR";
}

/** Returns the file that a path leads to through symbolic links; the path itself where nothing exists. @throws BytesError */
export function followLinks(path: string): string {
	try {
		return realpathSync(path);
	} catch (cause) {
		if (isAbsence(cause)) return path;
		throw BytesError.fromSystem(path, "follow links", cause);
	}
}
