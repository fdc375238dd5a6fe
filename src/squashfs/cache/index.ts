export { BlockCache, type BlockCacheOptions, removeBlocks } from "./block-cache.js";
export { type BlockKey, BlockKeys, type BlockStore, type DataBlockKind } from "./block-store.js";
