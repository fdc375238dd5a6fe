export { CacheDirectory } from "./cache-directory.js";
export { ContentStore, type StoredBlob } from "./content-store.js";
export type { PartialBlob } from "./partial-blob.js";
