import { createHash } from "node:crypto";
import { renameSync, rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { placeBelow } from "../files/index.js";
import { namesIn, regularFile } from "./cache-layout.js";
import { hashFile } from "./partial-blob.js";

/**
 * What version 0.1.0 left in a cache directory, beside `v2/`. Nothing of it is read or trusted, except
 * blobs, whose names are their digests: they are moved in once they are hashed.
 */
const FOLDERS: readonly (readonly [folder: string, names: RegExp])[] = [
	["blobs/sha256", /^[0-9a-f]{64}$/],
	["blobs/sha512", /^[0-9a-f]{128}$/],
	["partial", /^sha(256|512)-[0-9a-f]{64,128}(\.[^.]+\.[^.]+\.lock)?$/],
	["records", /^[0-9a-f]{64}$/],
	["blocks", /^[0-9a-f]{24}\.blocks$/],
];

/** Bytes of a blob of the former cache; undefined where it has none. */
export function formerBlobSize(directory: string, algorithm: string, hex: string): number | undefined {
	const path = formerPath(directory, `blobs/${algorithm}`);
	return path === undefined ? undefined : regularFile(join(path, hex))?.size;
}

/** Moves a blob of the former cache to `target`, whose directory exists, if its bytes have the right digest. */
export async function moveFormerBlob(
	directory: string,
	{ algorithm, hex, target }: { readonly algorithm: string; readonly hex: string; readonly target: string },
): Promise<boolean> {
	const folder = formerPath(directory, `blobs/${algorithm}`);
	const path = folder && join(folder, hex);
	if (path === undefined || regularFile(path) === undefined) return false;
	try {
		const hash = createHash(algorithm);
		await hashFile(path, hash);
		if (hash.digest("hex") !== hex) return false;
		renameSync(path, target);
		return true;
	} catch {
		return false;
	}
}

/** Removes all files that 0.1.0 made. @returns their bytes */
export function removeFormerCache(directory: string): number {
	let bytes = 0;
	for (const [name, pattern] of FOLDERS) {
		const folder = formerPath(directory, name);
		if (folder === undefined) continue;
		for (const file of namesIn(folder).filter((found) => pattern.test(found))) {
			bytes += removeFile(join(folder, file));
		}
		removeEmpty(folder);
	}
	const blobs = formerPath(directory, "blobs");
	if (blobs !== undefined) removeEmpty(blobs);
	return bytes;
}

/** Undefined for a symbolic link: it could lead anywhere. */
function formerPath(directory: string, name: string): string | undefined {
	try {
		return placeBelow(directory, name);
	} catch {
		return undefined;
	}
}

function removeFile(path: string): number {
	const size = regularFile(path)?.size;
	if (size === undefined) return 0;
	try {
		unlinkSync(path);
		return size;
	} catch {
		return 0;
	}
}

function removeEmpty(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {
		// It contains other files.
	}
}
