export { CacheDirectory } from "./cache-directory.js";
export { CacheKey, readCacheKeyFile } from "./cache-key.js";
export { CACHE_FILE_MODE, cachePath, checkCache, makePrivateDirectory } from "./cache-layout.js";
export {
	ContentStore,
	type ContentStoreOptions,
} from "./content-store.js";
export type { PartialBlob } from "./partial-blob.js";
export type { RecordCheck } from "./record-store.js";
export type { PrunedStore, StoredBlob } from "./stored-blobs.js";
