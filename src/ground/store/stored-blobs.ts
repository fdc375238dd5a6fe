import { rmSync } from "node:fs";
import { BytesError } from "../bytes/index.js";
import { sweepPendingFiles } from "../files/index.js";
import { type CacheFolder, cachePath, makeCachePath, namesIn, regularFile } from "./cache-layout.js";
import { LOCK_SUFFIX, ProcessLock } from "./process-lock.js";

/** A blob of the store. */
export interface StoredBlob {
	/** `sha256:<hex>` or `sha512:<hex>`. */
	readonly digest: string;
	/** Bytes on disk. */
	readonly size: number;
	/** Milliseconds since 1970, as the users of the store recorded it. */
	readonly lastUsed: number;
}

/** What was removed from a store. */
export interface PrunedStore {
	readonly removed: readonly StoredBlob[];
	/** Bytes of these, and of files of other versions. */
	readonly bytes: number;
}

/** Returns the path of a blob below the cache directory, whether it exists or not. */
export function blobPath(directory: string, digest: string): string {
	const [algorithm, hex] = checkDigest(digest);
	return cachePath(directory, blobFolder(algorithm), hex);
}

/** As `blobPath`, and makes the folders on the way. */
export function makeBlobPath(directory: string, digest: string): string {
	const [algorithm, hex] = checkDigest(digest);
	return makeCachePath(directory, blobFolder(algorithm), hex);
}

/** Returns the path of a blob while it is being received. */
export function partialPath(directory: string, digest: string): string {
	return cachePath(directory, "partial", checkDigest(digest).join("-"));
}

/** Lists the whole blobs of a cache directory, those used longest ago first. */
export function listBlobs(directory: string): StoredBlob[] {
	const blobs = (["sha256", "sha512"] as const).flatMap((algorithm) =>
		namesIn(cachePath(directory, blobFolder(algorithm)))
			.filter((name) => isDigest(`${algorithm}:${name}`))
			.flatMap((hex) => stored(directory, `${algorithm}:${hex}`)),
	);
	return blobs.sort((a, b) => a.lastUsed - b.lastUsed || (a.digest < b.digest ? -1 : 1));
}

/** Removes what interrupted downloads left, unless one is going on. */
export function clearPartial(directory: string): void {
	const partial = cachePath(directory, "partial");
	sweepPendingFiles(partial);
	for (const name of namesIn(partial)) {
		const digest = name.replace(LOCK_SUFFIX, "").replace("-", ":");
		if (!isDigest(digest)) continue;
		// Asking for a lock removes the claims of dead processes.
		const path = partialPath(directory, digest);
		if (ProcessLock.isFree(path)) removeFile(path);
	}
}

/** Removes a file, if it exists. @throws BytesError where this user may not. */
export function removeFile(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch (cause) {
		throw BytesError.fromSystem(path, "remove", cause);
	}
}

function stored(directory: string, digest: string): StoredBlob[] {
	const found = regularFile(blobPath(directory, digest));
	return found ? [{ digest, size: found.size, lastUsed: Math.round(found.mtimeMs) }] : [];
}

type Algorithm = "sha256" | "sha512";

function blobFolder(algorithm: Algorithm): CacheFolder {
	return `blobs/${algorithm}`;
}

const DIGEST = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/;

function isDigest(text: string): boolean {
	return DIGEST.test(text);
}

/** Splits a digest into algorithm and hex: no path is ever made of anything else. @throws TypeError */
export function checkDigest(digest: string): [Algorithm, string] {
	const parts = DIGEST.exec(digest);
	if (parts === null) throw new TypeError(`${JSON.stringify(digest)}: expected a sha256 or sha512 digest`);
	return [(parts[1] ?? parts[3]) as Algorithm, (parts[2] ?? parts[4])!];
}
