import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type CompressorOptions,
	createCompressor,
	createDecompressor,
	encodeCompressorOptions,
} from "../../src/codec/index.js";
import { BLOCK_SAMPLES, noise, text } from "../support/block-samples.js";

const BLOCK_SIZE = 131_072;

const OPTIONS: Readonly<Record<string, CompressorOptions>> = {
	"gzip 1": { name: "gzip", level: 1, windowLog: 15 },
	"gzip 6": { name: "gzip", level: 6, windowLog: 15 },
	"gzip 9": { name: "gzip", level: 9, windowLog: 15 },
	"gzip 9, window of 256 bytes": { name: "gzip", level: 9, windowLog: 8 },
	lz4: { name: "lz4", highCompression: false },
	"lz4 hc": { name: "lz4", highCompression: true },
	"zstd 1": { name: "zstd", level: 1 },
	"zstd 2": { name: "zstd", level: 2 },
	"zstd 3": { name: "zstd", level: 3 },
	"zstd 4": { name: "zstd", level: 4 },
	"zstd 5": { name: "zstd", level: 5 },
	"zstd 6": { name: "zstd", level: 6 },
	"zstd 9": { name: "zstd", level: 9 },
	"zstd 12": { name: "zstd", level: 12 },
	"zstd 15": { name: "zstd", level: 15 },
	"zstd 22": { name: "zstd", level: 22 },
};

const samples = Object.entries(BLOCK_SAMPLES);

describe.each(Object.entries(OPTIONS))("%s", (_, options) => {
	const compressor = createCompressor(options, BLOCK_SIZE);
	const decompressor = createDecompressor(options.name, BLOCK_SIZE);

	test.each(samples)("gives %s back", (_, block) => {
		const stored = compressor.compress(block, "data");
		if (stored === undefined) return;
		expect(stored.length).toBeLessThan(block.length);
		expect(Buffer.compare(decompressor.decompress(stored, block.length), block)).toBe(0);
	});

	test("leaves noise and single bytes to be stored raw", () => {
		expect(compressor.compress(noise(BLOCK_SIZE, 99), "data")).toBeUndefined();
		expect(compressor.compress(Uint8Array.of(1), "data")).toBeUndefined();
	});

	test("makes a block of zeros tiny", () => {
		expect(compressor.compress(new Uint8Array(BLOCK_SIZE), "data")!.length).toBeLessThan(600);
	});

	test("gives random blocks back", () => {
		const piece = fc.oneof(
			fc.uint8Array({ maxLength: 40 }),
			fc.tuple(fc.nat(255), fc.nat(300)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
			fc.tuple(fc.nat(20), fc.nat(2000)).map(([seed, length]) => text(length, seed)),
		);
		fc.assert(
			fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
				const block = Buffer.concat(pieces);
				const stored = block.length > 0 ? compressor.compress(block, "data") : undefined;
				if (stored) expect(block.equals(decompressor.decompress(stored, block.length))).toBe(true);
			}),
			{ numRuns: 150 },
		);
	});

	test("makes bytes that do not depend on what it compressed before", () => {
		const digests = (order: typeof samples): Map<string, string> =>
			new Map(
				order.map(([name, block]) => {
					const stored = compressor.compress(block, "data") ?? new Uint8Array();
					return [name, createHash("sha256").update(stored).digest("hex")];
				}),
			);
		const forwards = digests(samples);
		const backwards = digests(samples.toReversed());
		for (const [name, digest] of forwards) expect([name, backwards.get(name)]).toEqual([name, digest]);
	});
});

describe("blocks of 1 MiB", () => {
	const block = text(1 << 20, 5);

	test.each(["gzip 9", "lz4", "lz4 hc", "zstd 1", "zstd 3", "zstd 9"])("%s gives one back", (name) => {
		const options = OPTIONS[name]!;
		const stored = createCompressor(options, 1 << 20).compress(block, "data")!;
		const expanded = createDecompressor(options.name, 1 << 20).decompress(stored, block.length);
		expect(Buffer.compare(expanded, block)).toBe(0);
	});
});

test("smallest blocks still take 8 KiB of metadata", () => {
	for (const options of Object.values(OPTIONS)) {
		const stored = createCompressor(options, 4096).compress(text(8192, 3), "metadata")!;
		expect(createDecompressor(options.name, 4096).decompress(stored, 8192)).toHaveLength(8192);
		expect(() => encodeCompressorOptions(options, 4096)).not.toThrow();
	}
});
