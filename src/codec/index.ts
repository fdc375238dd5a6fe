export { createBlockPool } from "./block-pool.js";
export {
	type BlockPool,
	type BlockPoolOptions,
	type BlockSlot,
	type CompressedBlock,
	HOLE,
} from "./block-slot.js";
export type {
	BlockKind,
	BranchFilter,
	Compressor,
	CompressorName,
	CompressorOptions,
	Decompressor,
	Tier,
} from "./compressor.js";
export {
	COMPRESSOR_IDS,
	compressorOfId,
	decodeCompressorOptions,
	encodeCompressorOptions,
	type ImageCompressorOptions,
} from "./compressor-options.js";
export { compressorVersion } from "./compressor-version.js";
export { createCompressor, createDecompressor } from "./create.js";
export { CodecError, type CodecErrorCode } from "./errors.js";
export { ExpandAhead } from "./expand-ahead.js";
export { createExpandPool, type ExpandPool, type ExpandSlot } from "./expand-pool.js";
export { GzipEncoder } from "./gzip-encoder.js";
export { lendBlockPool } from "./lent-pool.js";
export { joinAlike } from "./likeness.js";
export { processorCount } from "./processor-count.js";
export { ShingleSampler } from "./shingles.js";
export { type DeflatePart, takeDeflateApart } from "./stored-deflate.js";
export { readStretches } from "./stretch.js";
export { unpackStream } from "./unpack.js";
