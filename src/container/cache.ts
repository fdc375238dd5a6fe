import { join } from "node:path";
import { ContentStore, type StoredBlob } from "../ground/store/index.js";
import { removeBlocks } from "../squashfs/cache/index.js";

/** What was removed of a cache. */
export interface PrunedCache {
	readonly removed: readonly StoredBlob[];
	/** Of blobs, and of compressed blocks. */
	readonly bytes: number;
}

/** Where the compressed blocks of a cache are. */
export function blocksDirectory(cacheDirectory: string): string {
	return join(cacheDirectory, "blocks");
}

/**
 * Removes the blobs of a cache used longest ago; processes that are using it go on.
 * @param keep bytes of blobs that may stay; with 0 compressed blocks go as well, which else have a limit of their own.
 */
export function pruneCache(directory: string, keep: number): PrunedCache {
	const removed = new ContentStore(directory).prune(keep);
	const blocks = keep === 0 ? removeBlocks(blocksDirectory(directory)) : 0;
	return { removed, bytes: removed.reduce((sum, { size }) => sum + size, blocks) };
}
