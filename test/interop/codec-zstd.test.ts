import { describe, expect, test } from "vitest";
import { createCompressor, createDecompressor } from "../../src/codec/index.js";
import { decodeZstdStream } from "../../src/codec/zstd-stream.js";
import { BLOCK_SAMPLES, mixture, noise, text } from "../support/block-samples.js";
import { chunked, collect } from "../support/chunks.js";
import { needs } from "../support/needs.js";
import { filterThrough } from "../support/programs.js";

const BLOCK_SIZE = 131_072;
const WINDOW = 128 << 20;
const samples = Object.entries(BLOCK_SAMPLES);

function zstd(bytes: Uint8Array, ...args: readonly string[]): Buffer {
	return filterThrough(bytes, "zstd", "-q", "-c", ...args);
}

needs("zstd").describe("zstd", () => {
	describe.each([1, 9, 15, 22])("reads our blocks of level %i", (level) => {
		const compressor = createCompressor({ name: "zstd", level }, BLOCK_SIZE);
		test.each(samples)("%s", (_, block) => {
			const stored = compressor.compress(block, "data");
			if (stored) expect(Buffer.compare(filterThrough(stored, "zstd", "-dc"), block)).toBe(0);
		});
	});

	test.each([1, 2, 3, 4, 5, 6, 9, 12, 15, 19])("reads 20 random blocks of level %i", (level) => {
		const compressor = createCompressor({ name: "zstd", level }, BLOCK_SIZE);
		const blocks = Array.from({ length: 20 }, (_, seed) => mixture(BLOCK_SIZE - seed * 5003, seed));
		const stored = blocks.map((block) => Buffer.from(compressor.compress(block, "data")!));
		const expanded = filterThrough(Buffer.concat(stored), "zstd", "-dc");
		expect(Buffer.compare(expanded, Buffer.concat(blocks))).toBe(0);
	});

	test("reads our blocks of 1 MiB", () => {
		const block = Buffer.concat([text(500_000, 1), noise(50_000, 2), text(498_576, 1)]);
		const stored = createCompressor({ name: "zstd", level: 9 }, 1 << 20).compress(block, "data")!;
		expect(Buffer.compare(filterThrough(stored, "zstd", "-dc"), block)).toBe(0);
	});

	describe.each(["-1", "-5", "-12", "-19", "--fast=3"])("we read its blocks of level %s", (level) => {
		const decompressor = createDecompressor("zstd", BLOCK_SIZE);
		test.each(samples)("%s", (_, block) => {
			const stored = zstd(block, level, `--stream-size=${block.length}`);
			expect(Buffer.compare(decompressor.decompress(stored, BLOCK_SIZE), block)).toBe(0);
		});
	});

	describe("we read its streams", () => {
		const content = Buffer.concat([text(3_000_000, 3), noise(200_000, 4), text(3_000_000, 3)]);
		test.each([["-1"], ["-19"], ["-3", "--no-check"], ["-9", "--long=27"], ["-3", "--rsyncable"]])(
			"made with %s %s",
			async (...args) => {
				const expanded = await collect(decodeZstdStream(chunked(zstd(content, ...args), 65_536), WINDOW));
				expect(expanded.equals(content)).toBe(true);
			},
		);

		test("that are several frames", async () => {
			const frames = Buffer.concat([zstd(text(1000, 1)), zstd(new Uint8Array()), zstd(noise(1000, 2))]);
			const expanded = await collect(decodeZstdStream(chunked(frames, 7), WINDOW));
			expect(expanded.equals(Buffer.concat([text(1000, 1), noise(1000, 2)]))).toBe(true);
		});

		test("only with a window that is allowed", async () => {
			const stream = zstd(content, "-19", "--long=27");
			await expect(collect(decodeZstdStream(chunked(stream), 8 << 20))).rejects.toMatchObject({
				code: "ERR_CODEC_UNSUPPORTED",
			});
		});
	});
});
