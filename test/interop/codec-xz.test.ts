import { describe, expect, test } from "vitest";
import { type CompressorOptions, createCompressor, createDecompressor } from "../../src/codec/index.js";
import { BLOCK_SAMPLES, mixture, records, text } from "../support/block-samples.js";
import { needs } from "../support/needs.js";
import { filterThrough } from "../support/programs.js";

const BLOCK_SIZE = 131_072;
const samples = Object.entries(BLOCK_SAMPLES);
const decompressor = createDecompressor("xz", BLOCK_SIZE);

function xz(block: Uint8Array, ...args: readonly string[]): Buffer {
	return filterThrough(block, "xz", "-c", "--format=xz", ...args);
}

function expectSame(got: Uint8Array, expected: Uint8Array): void {
	expect(Buffer.compare(got, expected)).toBe(0);
}

needs("xz").describe("xz", () => {
	const tiers: readonly CompressorOptions[] = [
		{ name: "xz", tier: "fast" },
		{ name: "xz", tier: "balanced" },
		{ name: "xz", tier: "best" },
		{ name: "xz", tier: "fast", bcj: "x86" },
	];
	describe.each(tiers)("reads our blocks: %o", (options) => {
		const compressor = createCompressor(options, BLOCK_SIZE);
		test.each(samples)("%s", (_, block) => {
			const stored = compressor.compress(block, "data");
			if (stored) expectSame(filterThrough(stored, "xz", "-dc"), block);
		});

		test("a table of lines that overlap in long repeats", () => {
			const line = (code: number): string => {
				const bytes = [...Buffer.from(String.fromCodePoint(code))].map((byte) => byte.toString(16));
				return `"\\x${bytes.join("\\x").toUpperCase()}" => "",                     # U+${code.toString(16).toUpperCase()} => \n`;
			};
			const block = Buffer.from(Array.from({ length: 2200 }, (_, i) => line(0xe0a00 + i)).join("")).subarray(
				0,
				BLOCK_SIZE,
			);
			const stored = compressor.compress(block, "data")!;
			expectSame(filterThrough(stored, "xz", "-dc"), block);
		});

		test("20 random blocks", () => {
			const blocks = Array.from({ length: 20 }, (_, seed) => mixture(BLOCK_SIZE - seed * 5003, seed));
			const stored = blocks.map((block) => Buffer.from(compressor.compress(block, "data")!));
			expectSame(filterThrough(Buffer.concat(stored), "xz", "-dc"), Buffer.concat(blocks));
		});
	});

	describe("we read its blocks", () => {
		test.each(samples)("%s, preset 6", (_, block) => {
			const stored = xz(block, "--check=crc32", "--lzma2=preset=6,dict=128KiB");
			expectSame(decompressor.decompress(stored, BLOCK_SIZE), block);
		});

		const code = Buffer.concat([records(60_000, 1), text(11, 2), records(60_000, 3)]);
		test.each([
			["--x86"],
			["--x86=start=4096"],
			["--powerpc"],
			["--ia64"],
			["--arm"],
			["--armthumb"],
			["--arm64"],
			["--sparc"],
		])("with filter %s", (filter) => {
			const program = Buffer.concat([code, branches(20_000)]);
			const stored = xz(program, "--check=crc32", filter, "--lzma2=preset=1");
			expectSame(decompressor.decompress(stored, 1 << 20), program);
		});

		test.each(["none", "crc32", "crc64", "sha256"])("with check %s", (check) => {
			const stored = xz(text(5000, 1), `--check=${check}`);
			expectSame(decompressor.decompress(stored, BLOCK_SIZE), text(5000, 1));
			if (check === "none") return;
			// The check's last byte lies before the index and the footer, 12 bytes each.
			stored[stored.length - 12 - 12 - 1]! ^= 1;
			expect(() => decompressor.decompress(stored, BLOCK_SIZE)).toThrow(/data: wrong/);
		});

		test.each(["lc=0,lp=0,pb=0", "lc=4,lp=0,pb=4", "lc=0,lp=4,pb=1", "lc=1,lp=3,pb=2"])("with %s", (bits) => {
			const stored = xz(code, "--check=crc32", `--lzma2=preset=3,${bits}`);
			expectSame(decompressor.decompress(stored, BLOCK_SIZE), code);
		});

		test("of several blocks, with sizes in their headers", () => {
			const stored = xz(code, "-T2", "--block-size=30000");
			expectSame(decompressor.decompress(stored, BLOCK_SIZE), code);
		});

		test("of nothing", () => {
			expect(decompressor.decompress(xz(new Uint8Array()), BLOCK_SIZE)).toHaveLength(0);
		});
	});
});

/** Words whose opcodes are those of calls on all the filters' machines. */
function branches(length: number): Uint8Array {
	const bytes = Buffer.alloc(length);
	const words = [0xeb000010, 0x94000020, 0xb0000041, 0x01000048, 0x20000040, 0xf810f001, 0x7fffffe8];
	for (let at = 0; at + 4 <= length; at += 4) {
		bytes.writeUInt32LE((words[(at >> 2) % words.length]! + ((at & 0x70) << 4)) >>> 0, at);
	}
	return bytes;
}
