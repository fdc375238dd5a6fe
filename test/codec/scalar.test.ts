import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import {
	type CompressorOptions,
	createCompressor,
	createDecompressor,
	ShingleSampler,
} from "../../src/codec/index.js";
import { BLOCK_SAMPLES, mixture } from "../support/block-samples.js";

// Every module is compiled with SIMD and without. Both have to make the same bytes: what an image is must not
// depend on the machine that makes it.

const BLOCK_SIZE = 131_072;
const SEEDS = Array.from({ length: 20 }, (_, seed) => mixture(BLOCK_SIZE - seed * 5003, seed));
const BLOCKS: readonly Uint8Array[] = [...Object.values(BLOCK_SAMPLES), ...SEEDS];
const FEW_BLOCKS = BLOCKS.filter((_, i) => i % 5 === 0);

const xz = (tier: "fast" | "balanced" | "best", bcj?: "x86" | "arm64"): CompressorOptions => ({
	name: "xz",
	tier,
	bcj,
});
const zstd = (level: number): CompressorOptions => ({ name: "zstd", level });
const gzip = (level: number): CompressorOptions => ({ name: "gzip", level, windowLog: 15 });

const QUICK: readonly CompressorOptions[] = [
	...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(zstd),
	...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(gzip),
	{ name: "lz4", highCompression: false },
	{ name: "lz4", highCompression: true },
	xz("fast"),
	xz("balanced"),
	xz("best"),
	xz("balanced", "x86"),
	xz("fast", "arm64"),
];
const SLOW: readonly CompressorOptions[] = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22].map(zstd);

// Neither the ES library nor @types/node declares the global.
const { WebAssembly: webAssembly } = globalThis as unknown as {
	readonly WebAssembly: { validate(bytes: Uint8Array): boolean };
};

/** Has WebAssembly refuse modules with SIMD while `use` opens its own. */
function withoutSimd<T>(use: () => T): T {
	const validate = vi.spyOn(webAssembly, "validate").mockReturnValue(false);
	try {
		return use();
	} finally {
		expect(validate).toHaveBeenCalled();
		validate.mockRestore();
	}
}

function compressAll(blocks: readonly Uint8Array[], options: CompressorOptions): readonly Buffer[] {
	const compressor = createCompressor(options, BLOCK_SIZE);
	return blocks.map((block) => Buffer.from(compressor.compress(block, "data") ?? []));
}

function expectSame(got: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
	expect(got).toHaveLength(expected.length);
	for (const [i, bytes] of got.entries()) expect([i, Buffer.compare(bytes, expected[i]!)]).toEqual([i, 0]);
}

describe("without SIMD, blocks are the same bytes", () => {
	test.each(QUICK)("%o", (options) => {
		expectSame(
			withoutSimd(() => compressAll(BLOCKS, options)),
			compressAll(BLOCKS, options),
		);
	});

	test.each(SLOW)("%o", (options) => {
		expectSame(
			withoutSimd(() => compressAll(FEW_BLOCKS, options)),
			compressAll(FEW_BLOCKS, options),
		);
	});

	test("metadata", () => {
		const compressors = [withoutSimd(() => createCompressor(xz("best"), BLOCK_SIZE))];
		compressors.push(createCompressor(xz("best"), BLOCK_SIZE));
		const [scalar, simd] = compressors.map((compressor) =>
			SEEDS.map((block) => Buffer.from(compressor.compress(block.subarray(0, 8192), "metadata") ?? [])),
		);
		expectSame(scalar!, simd!);
	});
});

describe("without SIMD, blocks expand to the same bytes", () => {
	test.each([zstd(1), zstd(9), zstd(19), xz("fast"), xz("best"), xz("fast", "x86")])("%o", (options) => {
		const blocks = FEW_BLOCKS.filter((block) => block.length > 64);
		const decompressor = withoutSimd(() => createDecompressor(options.name, BLOCK_SIZE));
		for (const [i, stored] of compressAll(blocks, options).entries()) {
			if (stored.length === 0) continue;
			expect(Buffer.compare(decompressor.decompress(stored, BLOCK_SIZE), blocks[i]!)).toBe(0);
		}
	});
});

test("without SIMD, samples for grouping are the same", () => {
	const samplers = [withoutSimd(() => new ShingleSampler()), new ShingleSampler()];
	const [scalar, simd] = samplers.map((sampler) =>
		SEEDS.map((block) => {
			sampler.input(block.length).set(block);
			return Buffer.from(sampler.sample(block.length, 1 << 27).buffer);
		}),
	);
	expectSame(scalar!, simd!);
});

describe("the modules", () => {
	const folder = new URL("../../src/codec/", import.meta.url);
	const names = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
	const scalar = names.filter((name) => name.endsWith("-scalar.wasm"));

	test("come in pairs", () => {
		expect(scalar.length).toBe(8);
		expect(names).toHaveLength(2 * scalar.length);
	});

	test("differ where SIMD is used", () => {
		for (const name of ["deflate", "lz4", "xz", "xz-decoder", "zstd", "zstd-decoder"]) {
			const [one, other] = [`${name}.wasm`, `${name}-scalar.wasm`].map((file) =>
				readFileSync(new URL(file, folder)),
			);
			expect([name, Buffer.compare(one!, other!) !== 0]).toEqual([name, true]);
		}
	});
});
