export {
	BlockCache,
	type BlockCacheOptions,
	type BlockCheck,
	removeBlocks,
	verifyBlocks,
} from "./block-cache.js";
export { type BlockKey, BlockKeys, type BlockStore, blockMemory, type DataBlockKind } from "./block-store.js";
