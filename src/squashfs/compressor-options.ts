import type { CompressorName, CompressorOptions } from "../codec/index.js";
import { Fields } from "./fields.js";
import { encodeMetadataBlock } from "./metadata-writer.js";

/** Numbers of the compressors in the superblock. */
export const COMPRESSIONS: Readonly<Record<CompressorName, number>> = { gzip: 1, xz: 4, lz4: 5, zstd: 6 };

const XZ_FILTER_X86 = 1;
const LZ4_LEGACY = 1;
const LZ4_HIGH_COMPRESSION = 1;

/**
 * The options block after the superblock, a metadata block stored raw, or undefined where the
 * compressor's defaults are meant. A kernel needs it for lz4 always, and for xz when the
 * dictionary is not as large as a block; for the others it only records what was asked for.
 */
export function encodeCompressorOptions(
	options: CompressorOptions,
	blockSize: number,
): Uint8Array | undefined {
	const fields = compressorFields(options, blockSize);
	return fields && encodeMetadataBlock(fields.bytes(), () => undefined);
}

function compressorFields(options: CompressorOptions, blockSize: number): Fields | undefined {
	switch (options.name) {
		case "gzip": {
			if (options.level === 9 && options.windowLog === 15) return undefined;
			return new Fields().u32(options.level).u16(options.windowLog).u16(0);
		}
		case "xz": {
			const standard = Math.max(blockSize, 8192);
			const dictionary = options.dictionarySize ?? standard;
			if (dictionary === standard && options.bcj === undefined) return undefined;
			return new Fields().u32(dictionary).u32(options.bcj === "x86" ? XZ_FILTER_X86 : 0);
		}
		case "lz4":
			return new Fields().u32(LZ4_LEGACY).u32(options.highCompression ? LZ4_HIGH_COMPRESSION : 0);
		case "zstd":
			return options.level === 15 ? undefined : new Fields().u32(options.level);
	}
}
