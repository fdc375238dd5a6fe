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
 * Returns a compressor with its own memory, so that each thread can have one.
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
 * Returns a decompressor with its own memory.
 * @param blockSize of the image. It limits the dictionaries and windows of blocks.
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
