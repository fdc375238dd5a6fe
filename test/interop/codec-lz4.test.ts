import { describe, expect, test } from "vitest";
import { createCompressor, createDecompressor } from "../../src/codec/index.js";
import { BLOCK_SAMPLES, mixture } from "../support/block-samples.js";
import { needs } from "../support/needs.js";
import { filterThrough } from "../support/programs.js";

const BLOCK_SIZE = 131_072;
const LEGACY_MAGIC = 0x184c2102;
const samples = Object.entries(BLOCK_SAMPLES);

/** lz4's legacy frame: a magic number, then blocks with their length in front. */
function legacyFrame(block: Uint8Array): Buffer {
	const header = Buffer.alloc(8);
	header.writeUInt32LE(LEGACY_MAGIC, 0);
	header.writeUInt32LE(block.length, 4);
	return Buffer.concat([header, block]);
}

needs("lz4").describe("lz4", () => {
	describe.each([false, true])("reads our blocks, high compression %s", (highCompression) => {
		const compressor = createCompressor({ name: "lz4", highCompression }, BLOCK_SIZE);
		test.each(samples)("%s", (_, block) => {
			const stored = compressor.compress(block, "data");
			if (stored) expect(Buffer.compare(filterThrough(legacyFrame(stored), "lz4", "-dc"), block)).toBe(0);
		});
	});

	test.each([false, true])("reads 20 random blocks, high compression %s", (highCompression) => {
		const compressor = createCompressor({ name: "lz4", highCompression }, BLOCK_SIZE);
		const blocks = Array.from({ length: 20 }, (_, seed) => mixture(BLOCK_SIZE - seed * 5003, seed));
		const stored = blocks.map((block) => legacyFrame(compressor.compress(block, "data")!));
		for (const [seed, block] of blocks.entries()) {
			expect(Buffer.compare(filterThrough(stored[seed]!, "lz4", "-dc"), block)).toBe(0);
		}
	});

	describe.each(["-1", "-9", "-12"])("we read its blocks of level %s", (level) => {
		const decompressor = createDecompressor("lz4", BLOCK_SIZE);
		test.each(samples)("%s", (_, block) => {
			const frame = filterThrough(block, "lz4", "-l", level, "-c");
			const stored = frame.subarray(8, 8 + frame.readUInt32LE(4));
			if (stored.length > BLOCK_SIZE) return;
			expect(Buffer.compare(decompressor.decompress(stored, BLOCK_SIZE), block)).toBe(0);
		});
	});
});
