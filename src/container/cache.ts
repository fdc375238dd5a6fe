import {
	CacheKey,
	ContentStore,
	cachePath,
	type RecordCheck,
	type StoredBlob,
} from "../ground/store/index.js";
import { type BlockCheck, removeBlocks, verifyBlocks } from "../squashfs/cache/index.js";

/** Where the compressed blocks of a cache are. @throws BytesError for a link */
export function blocksDirectory(cacheDirectory: string): string {
	return cachePath(cacheDirectory, "blocks");
}

/** What was removed from a cache. */
export interface PrunedCache {
	readonly removed: readonly StoredBlob[];
	/** Bytes of blobs, of compressed blocks, and of files of other versions. */
	readonly bytes: number;
}

/**
 * Removes the blobs of a cache used longest ago, and everything that version 0.1.0 left; processes that
 * are using it go on.
 * @param keep bytes of blobs that may stay; with 0 records and compressed blocks go as well, which else
 *   have a limit of their own.
 */
export function pruneCache(directory: string, keep: number): PrunedCache {
	const { removed, bytes } = new ContentStore(directory).prune(keep);
	return { removed, bytes: bytes + (keep === 0 ? removeBlocks(blocksDirectory(directory)) : 0) };
}

/** The result of checking a cache; damaged files were removed. */
export interface CacheCheck {
	readonly damaged: readonly StoredBlob[];
	readonly records: RecordCheck;
	readonly blocks: BlockCheck;
}

/** Hashes every blob, and looks at every record and block under the key of `RunSettings.cacheKey`. */
export async function verifyCache(
	directory: string,
	cacheKey: string,
	signal?: AbortSignal,
): Promise<CacheCheck> {
	const key = new CacheKey(cacheKey);
	const store = new ContentStore(directory, { key });
	const damaged = await store.verify(signal);
	return { damaged, records: store.verifyRecords(), blocks: verifyBlocks(blocksDirectory(directory), key) };
}
