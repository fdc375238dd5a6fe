import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { BytesError } from "../bytes/index.js";
import { makeDirectory, placeBelow } from "../files/index.js";

/** Everything of this layout lies below; see LAYOUT.md. Other versions may share the cache directory. */
const VERSION = "v2";

/** The directories of a cache. */
const FOLDERS = ["blobs/sha256", "blobs/sha512", "partial", "records", "blocks"] as const;

export type CacheFolder = (typeof FOLDERS)[number];

/**
 * Returns a path in a cache. Others may write there, so no link below it is followed.
 * @throws BytesError ERR_FILE_KIND for a link
 */
export function cachePath(directory: string, folder: CacheFolder, name = ""): string {
	return join(placeBelow(directory, `${VERSION}/${folder}`), name);
}

/**
 * Returns a path as `cachePath` does, and makes its folder, readable by this user alone: images may be
 * private. @throws BytesError
 */
export function makeCachePath(directory: string, folder: CacheFolder, name = ""): string {
	const path = cachePath(directory, folder);
	makePrivateDirectory(path);
	return join(path, name);
}

/** Makes a directory that only this user can read, and those above it. @throws BytesError */
export function makePrivateDirectory(path: string): void {
	try {
		makeDirectory(path, 0o700);
	} catch (cause) {
		throw BytesError.fromSystem(path, "create", cause);
	}
}

/**
 * Checks that no folder of a cache is a link or unreadable.
 * @throws BytesError: the cache is of no use then
 */
export function checkCache(directory: string): void {
	for (const folder of FOLDERS) cachePath(directory, folder);
}

/** Mode of files in a cache. */
export const CACHE_FILE_MODE = 0o600;

/** What lstat(2) says about a regular file; undefined for anything else, and where there is nothing. */
export function regularFile(path: string): Stats | undefined {
	try {
		const status = lstatSync(path, { throwIfNoEntry: false });
		return status?.isFile() ? status : undefined;
	} catch {
		return undefined;
	}
}

/** The names in a directory; none where it cannot be listed. */
export function namesIn(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		return [];
	}
}
