export {
	type BlockPool,
	type BlockPoolOptions,
	type BlockSlot,
	type CompressedBlock,
	createBlockPool,
} from "./block-pool.js";
export type {
	BlockKind,
	Compressor,
	CompressorName,
	CompressorOptions,
	Decompressor,
	Tier,
} from "./compressor.js";
export { CodecError, type CodecErrorCode } from "./errors.js";
export { processorCount } from "./processor-count.js";
