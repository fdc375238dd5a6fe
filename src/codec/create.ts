import type { Compressor, CompressorName, CompressorOptions, Decompressor } from "./compressor.js";
import { checkCompressorOptions } from "./compressor-options.js";
import { createDeflateCompressor } from "./deflate.js";
import { CodecError } from "./errors.js";
import { createInflateDecompressor } from "./inflate.js";
import { createXzCompressor } from "./xz.js";

/**
 * A compressor with a memory of its own, so that each thread has one.
 * @param blockSize a power of two, 4 KiB..1 MiB.
 * @throws CodecError ERR_CODEC_OPTIONS
 */
export function createCompressor(options: CompressorOptions, blockSize: number): Compressor {
	checkCompressorOptions(options, blockSize);
	switch (options.name) {
		case "gzip":
			return createDeflateCompressor(options);
		case "xz":
			return createXzCompressor(options, blockSize);
		case "lz4":
		case "zstd":
			throw new CodecError("ERR_CODEC_UNSUPPORTED", `${options.name}: create: not yet here`);
	}
}

/**
 * A decompressor with a memory of its own.
 * @param blockSize the image's: bounds the dictionaries and windows that blocks may ask for.
 */
export function createDecompressor(name: CompressorName, _blockSize: number): Decompressor {
	switch (name) {
		case "gzip":
			return createInflateDecompressor();
		case "xz":
		case "lz4":
		case "zstd":
			throw new CodecError("ERR_CODEC_UNSUPPORTED", `${name}: create: not yet here`);
	}
}
