export type { BlockPool, BlockSlot, CompressedBlock } from "./block-pool.js";
export type {
	BlockKind,
	Compressor,
	CompressorName,
	CompressorOptions,
	Decompressor,
	Tier,
} from "./compressor.js";
