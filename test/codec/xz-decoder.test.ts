import { describe, expect, test } from "vitest";
import { createDecompressor } from "../../src/codec/index.js";

const TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(3);
const LZMA2 =
	"e0008600335d002a1a08a2032566f14b78c5a205ff2ee6d9d2201aad34f8e21de84136fadc0669bb3ce410342709ebb366e3ed375ae80f6180000000";

// Made by xz 5.4.1 of TEXT: stream header, block header, LZMA2 data and padding, then the rest.
const CRC64 = stream(
	"fd377a585a000004e6d6b446",
	"0200210116000000742fe5a3",
	"ef2f15970632568f00014f870100000083672186b1c467fb020000000004595a",
);
const SHA256_X86 = stream(
	"fd377a585a00000ae1fb0ca1",
	"0201040021010c00d67c18af",
	"dc985401a68faff03051c78bbf32bb2fd27ba216b0dba19b050b936d534b8ba90001678701000000d8e0de6db6e9df1c02000000000a595a",
);
const CRC32 = stream(
	"fd377a585a0000016922de36",
	"0200210102000000bcef9e7c",
	"58001e0000014b87010000009525b01d3e300d8b020000000001595a",
);

function stream(streamHeader: string, blockHeader: string, rest: string): Buffer {
	return Buffer.from(streamHeader + blockHeader + LZMA2 + rest, "hex");
}

const decompressor = createDecompressor("xz", 131_072);

describe("xz streams", () => {
	test.each([
		["CRC64", CRC64],
		["SHA-256 and x86 filter", SHA256_X86],
		["CRC32, dictionary of 8 KiB", CRC32],
	])("with %s", (_, bytes) => {
		expect(Buffer.from(decompressor.decompress(bytes, 1000)).toString()).toBe(TEXT);
	});

	test.each([CRC64, SHA256_X86, CRC32])("every changed byte is noticed", (bytes) => {
		for (let at = 0; at < bytes.length; at++) {
			const damaged = Buffer.from(bytes);
			damaged[at]! ^= 0x40;
			expect(() => decompressor.decompress(damaged, 1000)).toThrow(
				expect.objectContaining({ code: expect.stringMatching(/^ERR_CODEC_(DATA|UNSUPPORTED)$/) }),
			);
		}
	});

	test("bytes behind the stream are damage", () => {
		const longer = Buffer.concat([CRC32, Buffer.alloc(4)]);
		expect(() => decompressor.decompress(longer, 1000)).toThrow(/left over/);
	});

	test("exactly the maximum is allowed", () => {
		expect(decompressor.decompress(CRC32, TEXT.length)).toHaveLength(TEXT.length);
		expect(() => decompressor.decompress(CRC32, TEXT.length - 1)).toThrow(/expands too far/);
	});
});
