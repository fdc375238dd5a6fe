import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCompressor, createDecompressor, type Tier } from "../../src/codec/index.js";
import {
	alphabetNoise,
	machineCode,
	mixture,
	noise,
	periodic,
	text,
	wordTable,
} from "../support/sample-blocks.js";

const KiB = 1024;
const tiers: readonly Tier[] = ["fast", "balanced", "best"];
const decoder = createDecompressor("xz", 1024 * KiB);

function compressor(tier: Tier, bcj?: "x86", blockSize = 1024 * KiB) {
	return createCompressor({ name: "xz", tier, bcj }, blockSize);
}

/** Lengths around those where a block's code no longer fits into one chunk of 64 KiB. */
const chunkLengths = Array.from({ length: 24 }, (_, index) => 84_480 + index * 13);

const blocks: readonly (readonly [string, Uint8Array])[] = [
	...[1, 2, 3, 4, 5, 8, 63, 64, 65].map((length) => [`${length} zeros`, new Uint8Array(length)] as const),
	...[1, 2, 7, 100].map((length) => [`${length} bytes of noise`, noise(length)] as const),
	["128 KiB of zeros", new Uint8Array(128 * KiB)],
	["1 MiB of zeros", new Uint8Array(1024 * KiB)],
	["128 KiB of one byte", new Uint8Array(128 * KiB).fill(0xe8)],
	...[2, 3, 4, 5, 255, 273, 274, 4096, 65_535, 65_536, 65_537].map(
		(period) => [`period ${period}`, periodic(128 * KiB, period)] as const,
	),
	["128 KiB of noise", noise(128 * KiB)],
	["noise, then the same noise", Buffer.concat([noise(60_000), noise(60_000)])],
	...[4095, 4096, 4097, 65_535, 65_536, 65_537, 131_071, 131_072].map(
		(length) => [`text of ${length}`, text(length)] as const,
	),
	["1 MiB of text", text(1024 * KiB)],
	["word table", wordTable(128 * KiB)],
	// Of several chunks; such noise takes the encoder longest.
	...[4, 6, 7].map((bits) => [`256 KiB of ${bits} bits a byte`, alphabetNoise(256 * KiB, bits)] as const),
	...[131_071, 131_072, 1024 * KiB].map(
		(length) => [`machine code of ${length}`, machineCode(length)] as const,
	),
	...[1, 2, 3, 4, 5, 6].map((seed) => [`mixture ${seed}`, mixture(128 * KiB + seed - 3, seed)] as const),
	["1 MiB of mixture", mixture(1024 * KiB, 99)],
];

describe.each(tiers)("%s", (tier) => {
	const plain = compressor(tier);
	const filtering = compressor(tier, "x86");

	test.each(blocks)("%s: our decoder gives it back", (_, block) => {
		for (const { compress } of [plain, filtering]) {
			const stored = compress(block, "data");
			if (stored === undefined) continue;
			expect(stored.length).toBeLessThan(block.length);
			const expanded = decoder.decompress(stored, block.length);
			expect(Buffer.compare(expanded, block)).toBe(0);
		}
	});

	test("code that ends about a chunk's end", () => {
		const all = alphabetNoise(chunkLengths.at(-1)!, 6);
		for (const length of chunkLengths) {
			const block = all.subarray(0, length);
			const stored = plain.compress(block, "data")!;
			expect(Buffer.compare(decoder.decompress(stored, length), block), `${length}`).toBe(0);
		}
	});

	test("any bytes with repeats", () => {
		const piece = fc.oneof(
			fc.uint8Array({ minLength: 1, maxLength: 40 }),
			fc
				.tuple(fc.nat(255), fc.integer({ min: 1, max: 600 }))
				.map(([byte, n]) => new Uint8Array(n).fill(byte)),
			fc.constantFrom(
				...["#include <stdio.h>\n", "\xe8\0\0\0\0", "ELF"].map((s) => Buffer.from(s, "latin1")),
			),
		);
		const pieces = fc.tuple(
			fc.array(piece, { minLength: 1, maxLength: 12 }),
			fc.array(fc.nat(), { maxLength: 60 }),
		);
		fc.assert(
			fc.property(pieces, ([some, picks]) => {
				const block = Buffer.concat([...some, ...picks.map((pick) => some[pick % some.length]!)]);
				const stored = filtering.compress(block, "data");
				if (stored === undefined) return;
				expect(Buffer.compare(decoder.decompress(stored, block.length), block)).toBe(0);
			}),
			{ numRuns: 300 },
		);
	});

	test("the bytes do not depend on what was compressed before", () => {
		const used = compressor(tier);
		const sequence = [
			text(100_000),
			noise(70_000),
			mixture(131_072, 5),
			new Uint8Array(9),
			wordTable(50_000),
		];
		const first = sequence.map((block) => used.compress(block, "data")?.slice());
		const again = sequence.toReversed().map((block) => used.compress(block, "data")?.slice());
		expect(again.toReversed()).toEqual(first);
		const fresh = sequence.map((block) => compressor(tier).compress(block, "data")?.slice());
		expect(fresh).toEqual(first);
	});

	test("noise is stored raw, also where a filter is allowed", () => {
		expect(plain.compress(noise(128 * KiB), "data")).toBeUndefined();
		expect(filtering.compress(noise(128 * KiB), "data")).toBeUndefined();
	});

	test("a small dictionary is stated and kept", () => {
		const block = Buffer.concat([noise(20_000), noise(20_000)]);
		const small = createCompressor({ name: "xz", tier, dictionarySize: 8 * KiB }, 64 * KiB);
		expect(small.compress(block, "data")).toBeUndefined();
		const large = createCompressor({ name: "xz", tier }, 64 * KiB);
		expect(large.compress(block, "data")!.length).toBeLessThan(21_000);
		const stored = small.compress(text(64 * KiB), "data")!;
		expect(stored[16]).toBe(0x02);
		expect(Buffer.compare(decoder.decompress(stored, 64 * KiB), text(64 * KiB))).toBe(0);
	});
});

// spec 3.5: stream header, check CRC32, one block of one or two filters, no sizes in its header
describe("container", () => {
	const header = "fd377a5a4c00000169".replace("5a4c", "585a");

	test.each([
		[4 * KiB, 0x02],
		[8 * KiB, 0x02],
		[128 * KiB, 0x0a],
		[256 * KiB, 0x0c],
		[512 * KiB, 0x0e],
		[1024 * KiB, 0x10],
	])("block size %i: dictionary code %i", (blockSize, code) => {
		const stored = Buffer.from(compressor("fast", undefined, blockSize).compress(text(4096), "data")!);
		expect(stored.toString("hex", 0, 9)).toBe(header);
		expect(stored.toString("hex", 12, 17)).toBe(`02002101${code.toString(16).padStart(2, "0")}`);
		expect(stored.toString("latin1", stored.length - 2)).toBe("YZ");
	});

	test("x86 code: the filter is named where it pays, and only where it is allowed", () => {
		const calls = Buffer.alloc(8192);
		for (let at = 0; at + 16 <= calls.length; at += 16) {
			calls[at] = 0xe8;
			calls.writeInt32LE(4096 - at, at + 1);
		}
		const filtered = Buffer.from(compressor("best", "x86").compress(calls, "data")!);
		expect(filtered.toString("hex", 12, 20)).toBe("0201040021011000");
		const plain = Buffer.from(compressor("best").compress(calls, "data")!);
		expect(plain.toString("hex", 12, 17)).toBe("0200210110");
		expect(filtered.length).toBeLessThan(plain.length);
		const prose = Buffer.from(compressor("best", "x86").compress(text(8192), "data")!);
		expect(prose.toString("hex", 12, 17)).toBe("0200210110");
	});

	test("metadata: 8 KiB dictionary, the fastest tier or else the highest, no filter", () => {
		const table = wordTable(8192);
		const [fast, balanced, best] = tiers.map((tier) => compressor(tier, "x86").compress(table, "metadata")!);
		expect([fast![16], best![16]]).toEqual([0x02, 0x02]);
		expect(fast!.length).toBeGreaterThan(best!.length);
		expect(balanced).toEqual(best);
		expect(Buffer.compare(decoder.decompress(fast!, 8192), table)).toBe(0);
	});
});

test("higher tiers are smaller", () => {
	const sizes = tiers.map((tier) => compressor(tier).compress(text(256 * KiB), "data")!.length);
	expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
});

test("lengths out of range are refused", () => {
	const { compress } = compressor("fast");
	expect(() => compress(new Uint8Array(0), "data")).toThrow(RangeError);
	expect(() => compress(new Uint8Array(1024 * KiB + 1), "data")).toThrow(RangeError);
});

test("the module imports nothing", () => {
	const bytes = readFileSync(new URL("../../src/codec/xz.wasm", import.meta.url));
	const { WebAssembly } = globalThis as unknown as {
		WebAssembly: { Module: { new (bytes: Uint8Array): object; imports(module: object): readonly unknown[] } };
	};
	expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
});

// Output is part of the cache key and of reproducible images: it changes only on purpose.
test.each([
	["fast", "b70251e0a26848da"],
	["balanced", "b5d8912ab54a3023"],
	["best", "38c406175f42d3df"],
] as const)("%s: the same bytes on every machine and Node version", (tier, digest) => {
	const hash = createHash("sha256");
	const { compress } = compressor(tier, "x86");
	for (const block of [text(131_072), mixture(131_072, 17), wordTable(65_536), periodic(70_000, 12_345)]) {
		hash.update(compress(block, "data")!);
	}
	expect(hash.digest("hex").slice(0, 16)).toBe(digest);
});
