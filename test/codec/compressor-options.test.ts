import { describe, expect, test } from "vitest";
import {
	COMPRESSOR_IDS,
	type CompressorName,
	type CompressorOptions,
	compressorOfId,
	decodeCompressorOptions,
	encodeCompressorOptions,
} from "../../src/codec/index.js";

function hex(bytes: Uint8Array | undefined): string | undefined {
	return bytes && Buffer.from(bytes).toString("hex");
}

// What mksquashfs 4.5.1 writes behind the superblock, header of the metadata block left out.
const BLOCKS: readonly (readonly [CompressorOptions, number, string | undefined])[] = [
	[{ name: "gzip", level: 9, windowLog: 15 }, 131_072, undefined],
	[{ name: "gzip", level: 5, windowLog: 15 }, 131_072, "050000000f000000"],
	[{ name: "gzip", level: 9, windowLog: 10 }, 131_072, "090000000a000000"],
	[{ name: "xz", tier: "best" }, 131_072, undefined],
	[{ name: "xz", tier: "best" }, 4096, undefined],
	[{ name: "xz", tier: "fast", bcj: "x86" }, 131_072, "0000020001000000"],
	[{ name: "xz", tier: "fast", bcj: ["arm", "armthumb", "arm64", "riscv"] }, 131_072, "00000200d8000000"],
	[{ name: "xz", tier: "fast", dictionarySize: 8192 }, 131_072, "0020000000000000"],
	[{ name: "lz4", highCompression: false }, 131_072, "0100000000000000"],
	[{ name: "lz4", highCompression: true }, 131_072, "0100000001000000"],
	[{ name: "zstd", level: 15 }, 131_072, undefined],
	[{ name: "zstd", level: 3 }, 131_072, "03000000"],
];

describe("encodeCompressorOptions", () => {
	test.each(BLOCKS)("%o, blocks of %i: %s", (options, blockSize, expected) => {
		expect(hex(encodeCompressorOptions(options, blockSize))).toBe(expected);
	});

	test.each<[CompressorOptions, number]>([
		[{ name: "gzip", level: 0, windowLog: 15 }, 131_072],
		[{ name: "gzip", level: 9, windowLog: 7 }, 131_072],
		[{ name: "gzip", level: 2.5, windowLog: 15 }, 131_072],
		[{ name: "zstd", level: 23 }, 131_072],
		[{ name: "xz", tier: "best", dictionarySize: 262_144 }, 131_072],
		[{ name: "xz", tier: "best", dictionarySize: 4096 }, 131_072],
		[{ name: "xz", tier: "best", dictionarySize: 40_960 }, 131_072],
		[{ name: "zstd", level: 1 }, 2048],
		[{ name: "zstd", level: 1 }, 2 << 20],
		[{ name: "zstd", level: 1 }, 100_000],
	])("refuses %o with blocks of %i", (options, blockSize) => {
		expect(() => encodeCompressorOptions(options, blockSize)).toThrow(
			expect.objectContaining({ code: "ERR_CODEC_OPTIONS" }),
		);
	});

	test("takes dictionaries of three quarters of a power of two", () => {
		const options: CompressorOptions = { name: "xz", tier: "best", dictionarySize: 98_304 };
		expect(hex(encodeCompressorOptions(options, 131_072))).toBe("0080010000000000");
	});
});

describe("decodeCompressorOptions", () => {
	test.each(BLOCKS)("reads what encodeCompressorOptions writes: %o", (options, blockSize, block) => {
		const bytes = block === undefined ? undefined : Buffer.from(block, "hex");
		const read = decodeCompressorOptions(options.name, blockSize, bytes);
		expect(read.name).toBe(options.name);
		if (read.name === "gzip" || read.name === "zstd") expect(options).toMatchObject({ level: read.level });
	});

	test.each<[CompressorName, string | undefined]>([
		["lz4", undefined],
		["lz4", "0200000000000000"],
		["xz", "0000000000000000"],
		["xz", "00a0000000000000"],
		["xz", "0000020000"],
		["gzip", "0a0000000f000000"],
		["gzip", "0900000007000000"],
		["zstd", "00000000"],
	])("refuses %s %s", (name, block) => {
		const bytes = block === undefined ? undefined : Buffer.from(block, "hex");
		expect(() => decodeCompressorOptions(name, 131_072, bytes)).toThrow(
			expect.objectContaining({ code: "ERR_CODEC_OPTIONS" }),
		);
	});
});

test("compressor ids are those of the superblock", () => {
	expect(COMPRESSOR_IDS).toEqual({ gzip: 1, xz: 4, lz4: 5, zstd: 6 });
	expect(compressorOfId(4)).toBe("xz");
	expect(() => compressorOfId(3)).toThrow(expect.objectContaining({ code: "ERR_CODEC_OPTIONS" }));
});
