import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createCompressor, createDecompressor, GzipEncoder } from "../../src/codec/index.js";
import { BLOCK_SAMPLES, mixture, noise, text } from "../support/block-samples.js";
import { needs } from "../support/needs.js";
import { filterThrough } from "../support/programs.js";

const BLOCK_SIZE = 131_072;
const samples = Object.entries(BLOCK_SAMPLES);
const INFLATE = "import sys,zlib;sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))";
const DEFLATE = "import sys,zlib;sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read(),9))";

needs("python3").describe("python's zlib", () => {
	describe.each([1, 9])("reads our blocks of level %i", (level) => {
		const compressor = createCompressor({ name: "gzip", level, windowLog: 15 }, BLOCK_SIZE);
		test.each(samples)("%s", (_, block) => {
			const stored = compressor.compress(block, "data");
			if (stored) expect(Buffer.compare(filterThrough(stored, "python3", "-c", INFLATE), block)).toBe(0);
		});
	});

	test("writes blocks that we read, longer than ours on the whole", () => {
		const options = { name: "gzip", level: 9, windowLog: 15 } as const;
		const compressor = createCompressor(options, BLOCK_SIZE);
		const decompressor = createDecompressor("gzip", BLOCK_SIZE);
		let ours = 0;
		let theirs = 0;
		for (const [, block] of samples) {
			const stored = filterThrough(block, "python3", "-c", DEFLATE);
			expect(Buffer.compare(decompressor.decompress(stored, BLOCK_SIZE), block)).toBe(0);
			theirs += Math.min(stored.length, block.length);
			ours += compressor.compress(block, "data")?.length ?? block.length;
		}
		expect(ours).toBeLessThan(theirs);
	});
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("Node's zlib reads 20 random blocks of level %i", (level) => {
	const compressor = createCompressor({ name: "gzip", level, windowLog: 15 }, BLOCK_SIZE);
	for (let seed = 0; seed < 20; seed++) {
		const block = mixture(BLOCK_SIZE - seed * 5003, seed);
		const stored = compressor.compress(block, "data")!;
		expect([seed, Buffer.compare(inflateSync(stored), block)]).toEqual([seed, 0]);
	}
});

needs("gzip").describe("gzip", () => {
	test("reads members of deflated and stored stretches", () => {
		const encoder = new GzipEncoder();
		const member = Buffer.concat([
			encoder.header(),
			encoder.deflate(text(400_000, 1)),
			encoder.store(noise(400_000, 2)),
			encoder.deflate(text(1000, 3)),
			encoder.finish(),
		]);
		const expected = Buffer.concat([text(400_000, 1), noise(400_000, 2), text(1000, 3)]);
		expect(filterThrough(member, "gzip", "-dc").equals(expected)).toBe(true);
	});
});
