import { deflateSync } from "node:zlib";
import type { Compressor, CompressorOptions } from "../codec/index.js";

/** Until the codec room has compressors: gzip by zlib; the others store blocks raw. */
export function createCompressor(options: CompressorOptions): Compressor {
	return {
		options,
		compress(block) {
			if (options.name !== "gzip") return undefined;
			const packed = deflateSync(block, { level: options.level, windowBits: options.windowLog });
			return packed.length < block.length ? packed : undefined;
		},
	};
}
