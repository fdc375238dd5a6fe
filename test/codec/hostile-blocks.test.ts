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

describe("lz4: the end of a block is what kernels demand", () => {
	const decompressor = createDecompressor("lz4", BLOCK_SIZE);
	const token = (literals: number, match: number) => (literals << 4) | (match - 4);
	/** Seven letters, a match of the letter before, and the last literals. */
	const block = (match: number, last: number) =>
		Buffer.from([token(7, match), ...Buffer.from("abcdefg"), 1, 0, last << 4, ...Buffer.alloc(last, "z")]);

	test.each([
		["five last literals", block(8, 5), 20, "abcdefgggggggggzzzzz"],
		["literals alone", Buffer.from([0x30, ...Buffer.from("abc")]), 3, "abc"],
	])("%s: read", (_, stored, size, text) => {
		expect(Buffer.from(decompressor.decompress(stored, size)).toString()).toBe(text);
	});

	test.each([
		["four last literals", block(9, 4), 20],
		["no last literals", block(13, 0), 20],
		["a match that begins 11 bytes before the end", block(6, 5), 18],
		["a match that ends 4 bytes before the most that there may be", block(9, 5), 20],
	])("%s: refused", (_, stored, size) => {
		expect(attempt(() => decompressor.decompress(stored, size))).toBe("ERR_CODEC_DATA");
	});
});
