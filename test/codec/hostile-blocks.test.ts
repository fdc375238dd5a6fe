import { describe, expect, test } from "vitest";
import {
	CodecError,
	type CompressorName,
	type CompressorOptions,
	createCompressor,
	createDecompressor,
} from "../../src/codec/index.js";
import { randomNumbers, records, text } from "../support/block-samples.js";

const BLOCK_SIZE = 131_072;

const OPTIONS: Readonly<Record<CompressorName, CompressorOptions>> = {
	gzip: { name: "gzip", level: 6, windowLog: 15 },
	xz: { name: "xz", tier: "fast" },
	lz4: { name: "lz4", highCompression: false },
	zstd: { name: "zstd", level: 5 },
};

/** The expanded bytes, or the code of the error. */
function attempt(expand: () => Uint8Array): Uint8Array | string {
	try {
		return expand();
	} catch (error) {
		if (error instanceof CodecError) return error.code;
		throw error;
	}
}

describe.each(Object.entries(OPTIONS))("%s, damaged", (name, options) => {
	const decompressor = createDecompressor(name as CompressorName, BLOCK_SIZE);
	const block = Buffer.concat([text(3000, 1), records(3000, 2)]);
	const stored = createCompressor(options, BLOCK_SIZE).compress(block, "data")!.slice();

	test("every truncation is an error", () => {
		for (let length = 0; length < stored.length; length++) {
			const result = attempt(() => decompressor.decompress(stored.subarray(0, length), BLOCK_SIZE));
			// lz4 has neither an end mark nor a length: some cuts are blocks too.
			if (name === "lz4" && typeof result !== "string") expect(result.length).toBeLessThan(block.length);
			else expect([length, result]).toEqual([length, "ERR_CODEC_DATA"]);
		}
	});

	test("flipped bits give an error or bytes within the maximum", () => {
		const next = randomNumbers(7);
		for (let round = 0; round < 4000; round++) {
			const damaged = stored.slice();
			for (let flips = 1 + (next() % 3); flips > 0; flips--) {
				const reach = round % 2 ? 60 : damaged.length;
				damaged[next() % reach]! ^= 1 << (next() % 8);
			}
			const maximum = next() % 2 ? BLOCK_SIZE : block.length;
			const result = attempt(() => decompressor.decompress(damaged, maximum));
			if (typeof result === "string") expect(result).toMatch(/^ERR_CODEC_(DATA|UNSUPPORTED)$/);
			else expect(result.length).toBeLessThanOrEqual(maximum);
		}
	});

	test("noise is an error or bytes within the maximum", () => {
		const next = randomNumbers(8);
		for (let round = 0; round < 1000; round++) {
			const bytes = Uint8Array.from({ length: next() % 200 }, () => next() >>> 24);
			const result = attempt(() => decompressor.decompress(bytes, 4096));
			if (typeof result !== "string") expect(result.length).toBeLessThanOrEqual(4096);
		}
	});

	test("more than the maximum is an error, exactly as much is not", () => {
		expect(attempt(() => decompressor.decompress(stored, block.length - 1))).toBe("ERR_CODEC_DATA");
		expect(attempt(() => decompressor.decompress(stored, block.length))).toHaveLength(block.length);
	});

	test("a sound block is read rightly after damaged ones", () => {
		const expanded = decompressor.decompress(stored, BLOCK_SIZE);
		expect(Buffer.compare(expanded, block)).toBe(0);
	});
});
