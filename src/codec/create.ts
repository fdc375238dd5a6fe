import type { Compressor, CompressorName, CompressorOptions, Decompressor } from "./compressor.js";
import { checkCompressorOptions } from "./compressor-options.js";
import { createDeflateCompressor } from "./deflate.js";
import { createInflateDecompressor } from "./inflate.js";
import { createLz4Compressor, createLz4Decompressor } from "./lz4.js";
import { createXzCompressor } from "./xz.js";
import { createXzDecompressor } from "./xz-decoder.js";
import { createZstdCompressor } from "./zstd.js";
import { createZstdDecompressor } from "./zstd-decoder.js";

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
		case "lz4":
			return createLz4Compressor(options, blockSize);
		case "xz":
			return createXzCompressor(options, blockSize);
		case "zstd":
			return createZstdCompressor(options, blockSize);
	}
}

/**
 * A decompressor with a memory of its own.
 * @param blockSize the image's: bounds the dictionaries and windows that blocks may ask for.
 */
export function createDecompressor(name: CompressorName, blockSize: number): Decompressor {
	switch (name) {
		case "gzip":
			return createInflateDecompressor();
		case "xz":
			return createXzDecompressor();
		case "lz4":
			return createLz4Decompressor(blockSize);
		case "zstd":
			return createZstdDecompressor(blockSize);
	}
}
