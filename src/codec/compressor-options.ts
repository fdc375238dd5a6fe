import type { BranchFilter, CompressorName, CompressorOptions } from "./compressor.js";
import { CodecError } from "./errors.js";

type XzOptions = CompressorOptions & { readonly name: "xz" };

/** Values of the superblock's compression field. */
export const COMPRESSOR_IDS: Readonly<Record<CompressorName, number>> = { gzip: 1, xz: 4, lz4: 5, zstd: 6 };

/** Least and most bytes of a squashfs block. */
const BLOCK_SIZES = { least: 4096, most: 1 << 20 };
/** Bytes of a metadata block, whatever the block size. Dictionaries and windows must be at least as large. */
export const METADATA_SIZE = 8192;

const GZIP_DEFAULTS = { level: 9, windowLog: 15 };
const ZSTD_DEFAULT_LEVEL = 15;
const LZ4_VERSION = 1;
const LZ4_HIGH_COMPRESSION = 1;
/** Branch filters: their ids in .xz streams, and their bits in the options block of an image. */
const BRANCH_FILTERS: Readonly<Record<BranchFilter, { readonly id: number; readonly bit: number }>> = {
	x86: { id: 4, bit: 1 },
	arm: { id: 7, bit: 8 },
	armthumb: { id: 8, bit: 16 },
	arm64: { id: 10, bit: 64 },
	riscv: { id: 11, bit: 128 },
};
/** All bits that mksquashfs knows. The others are of powerpc, ia64 and sparc. */
const XZ_FILTERS = 0xff;

/** The parts of an image's options block that a reader needs. */
export type ImageCompressorOptions =
	| { readonly name: "gzip"; readonly level: number; readonly windowLog: number; readonly strategies: number }
	| { readonly name: "xz"; readonly dictionarySize: number; readonly filters: number }
	| { readonly name: "lz4"; readonly version: number; readonly flags: number }
	| { readonly name: "zstd"; readonly level: number };

/** Returns the name of a compressor. @throws CodecError ERR_CODEC_OPTIONS for other compressors (lzo, lzma). */
export function compressorOfId(id: number): CompressorName {
	for (const [name, known] of Object.entries(COMPRESSOR_IDS)) {
		if (known === id) return name as CompressorName;
	}
	const names = Object.values(COMPRESSOR_IDS).join(", ");
	throw new CodecError("ERR_CODEC_OPTIONS", `compressor: look up: unknown id, expected ${names}, got ${id}`);
}

function invalid(subject: string, expected: string, got: unknown): CodecError {
	return new CodecError(
		"ERR_CODEC_OPTIONS",
		`${subject}: check: out of range, expected ${expected}, got ${got}`,
	);
}

function expectRange(subject: string, value: number, least: number, most: number): void {
	if (!Number.isInteger(value) || value < least || value > most) {
		throw invalid(subject, `${least}..${most}`, value);
	}
}

/** Returns whether the kernel accepts a size for a dictionary: 2^n or 2^n + 2^(n+1). */
function isDictionarySize(size: number): boolean {
	const lowest = size & -size;
	return size === lowest || size === 3 * lowest;
}

/** Returns the dictionary size that the kernel assumes without an options block. */
function xzDefaultDictionary(blockSize: number): number {
	return Math.max(blockSize, METADATA_SIZE);
}

/** Returns the branch filters that blocks may get. */
function branchFilters({ bcj }: XzOptions): readonly BranchFilter[] {
	return bcj === undefined ? [] : [bcj].flat();
}

/** Returns the ids of the branch filters that blocks may get, each as a bit. */
export function xzFilterIds(options: XzOptions): number {
	return branchFilters(options).reduce((ids, name) => ids | (1 << BRANCH_FILTERS[name].id), 0);
}

/** Returns the dictionary size for blocks of `blockSize` bytes. */
export function xzDictionarySize(options: XzOptions, blockSize: number): number {
	return options.dictionarySize ?? xzDefaultDictionary(blockSize);
}

/** Checks options. @throws CodecError ERR_CODEC_OPTIONS, which names the option that is out of range. */
export function checkCompressorOptions(options: CompressorOptions, blockSize: number): void {
	if (blockSize & (blockSize - 1)) throw invalid("block size", "a power of two", blockSize);
	expectRange("block size", blockSize, BLOCK_SIZES.least, BLOCK_SIZES.most);
	if (options.name === "gzip") {
		expectRange("gzip level", options.level, 1, 9);
		expectRange("gzip window log", options.windowLog, 8, 15);
	} else if (options.name === "zstd") {
		expectRange("zstd level", options.level, 1, 22);
	} else if (options.name === "xz") {
		const size = xzDictionarySize(options, blockSize);
		expectRange("xz dictionary size", size, METADATA_SIZE, xzDefaultDictionary(blockSize));
		if (!isDictionarySize(size)) throw invalid("xz dictionary size", "2^n or 2^n + 2^(n+1)", size);
	}
}

function words(...values: readonly number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(4 * values.length));
	for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
	return new Uint8Array(view.buffer);
}

/**
 * Returns the payload of the options block after the superblock (a raw metadata block), or undefined if the image
 * needs none because all options are defaults; lz4 always needs one.
 * @throws CodecError ERR_CODEC_OPTIONS
 */
export function encodeCompressorOptions(
	options: CompressorOptions,
	blockSize: number,
): Uint8Array | undefined {
	checkCompressorOptions(options, blockSize);
	switch (options.name) {
		case "gzip": {
			const { level, windowLog } = options;
			if (level === GZIP_DEFAULTS.level && windowLog === GZIP_DEFAULTS.windowLog) return undefined;
			return words(level, windowLog);
		}
		case "xz": {
			const dictionary = xzDictionarySize(options, blockSize);
			const filters = branchFilters(options);
			if (dictionary === xzDefaultDictionary(blockSize) && filters.length === 0) return undefined;
			return words(
				dictionary,
				filters.reduce((bits, name) => bits | BRANCH_FILTERS[name].bit, 0),
			);
		}
		case "lz4":
			return words(LZ4_VERSION, options.highCompression ? LZ4_HIGH_COMPRESSION : 0);
		case "zstd":
			return options.level === ZSTD_DEFAULT_LEVEL ? undefined : words(options.level);
	}
}

const OPTION_SIZES: Readonly<Record<CompressorName, number>> = { gzip: 8, xz: 8, lz4: 8, zstd: 4 };

/**
 * Parses the payload of an options block.
 * @param bytes undefined if the image has none.
 * @throws CodecError ERR_CODEC_OPTIONS if the kernel or unsquashfs would refuse the image.
 */
export function decodeCompressorOptions(
	name: CompressorName,
	blockSize: number,
	bytes: Uint8Array | undefined,
): ImageCompressorOptions {
	if (bytes === undefined) return defaultImageOptions(name, blockSize);
	if (bytes.length < OPTION_SIZES[name]) {
		throw invalid(`${name} options block`, `${OPTION_SIZES[name]} bytes`, bytes.length);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	switch (name) {
		case "gzip":
			return checkedGzip(view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true));
		case "xz":
			return checkedXz(view.getUint32(0, true), view.getUint32(4, true));
		case "lz4": {
			const version = view.getUint32(0, true);
			if (version !== LZ4_VERSION) throw invalid("lz4 version", String(LZ4_VERSION), version);
			return { name, version, flags: view.getUint32(4, true) };
		}
		case "zstd": {
			const level = view.getUint32(0, true);
			expectRange("zstd level", level, 1, 22);
			return { name, level };
		}
	}
}

function defaultImageOptions(name: CompressorName, blockSize: number): ImageCompressorOptions {
	switch (name) {
		case "gzip":
			return { name, ...GZIP_DEFAULTS, strategies: 0 };
		case "xz":
			return { name, dictionarySize: xzDefaultDictionary(blockSize), filters: 0 };
		case "zstd":
			return { name, level: ZSTD_DEFAULT_LEVEL };
		case "lz4":
			throw new CodecError(
				"ERR_CODEC_OPTIONS",
				"lz4 options block: read: missing, expected 8 bytes, got none",
			);
	}
}

function checkedGzip(level: number, windowLog: number, strategies: number): ImageCompressorOptions {
	expectRange("gzip level", level, 1, 9);
	expectRange("gzip window log", windowLog, 8, 15);
	expectRange("gzip strategies", strategies, 0, 0x1f);
	return { name: "gzip", level, windowLog, strategies };
}

function checkedXz(dictionarySize: number, filters: number): ImageCompressorOptions {
	if (dictionarySize === 0 || !isDictionarySize(dictionarySize)) {
		throw invalid("xz dictionary size", "2^n or 2^n + 2^(n+1)", dictionarySize);
	}
	expectRange("xz filters", filters, 0, XZ_FILTERS);
	return { name: "xz", dictionarySize, filters };
}
