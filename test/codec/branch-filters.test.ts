import { describe, expect, test } from "vitest";
import { type BranchFilter, createCompressor, createDecompressor } from "../../src/codec/index.js";
import { branchCode, branchNoise, FILTER_IDS } from "../support/branch-code.js";
import { mixture, noise, text, wordTable } from "../support/sample-blocks.js";

const BLOCK = 131_072;
const FILTERS = Object.keys(FILTER_IDS) as BranchFilter[];
const decompressor = createDecompressor("xz", BLOCK);

function compress(block: Uint8Array, bcj?: readonly BranchFilter[]): Buffer {
	const { compress: run } = createCompressor({ name: "xz", tier: "fast", bcj }, BLOCK);
	return Buffer.from(run(block, "data")!);
}

/** The branch filter in the header of a stream's block; 0 where there is none. */
function filterOf(stream: Uint8Array): number {
	return (stream[13]! & 3) === 0 ? 0 : stream[14]!;
}

describe.each(FILTERS)("the filter %s", (filter) => {
	test("is used for code of its architecture, which it makes smaller, and is undone", () => {
		const code = branchCode(filter, BLOCK - 6);
		const filtered = compress(code, FILTERS);
		expect(filterOf(filtered)).toBe(FILTER_IDS[filter]);
		expect(Buffer.compare(decompressor.decompress(filtered, BLOCK), code)).toBe(0);
		expect(filtered.length).toBeLessThan(0.97 * compress(code).length);
	});

	test("is not used unless it is asked for", () => {
		const others = FILTERS.filter((name) => name !== filter);
		expect([0, ...others.map((name) => FILTER_IDS[name])]).toContain(
			filterOf(compress(branchCode(filter, BLOCK), others)),
		);
		expect(filterOf(compress(branchCode(filter, BLOCK)))).toBe(0);
	});

	test("gives every byte back, whatever looks like a call", () => {
		for (let seed = 1; seed <= 40; seed++) {
			const bytes = branchNoise(filter, 4000 + 1001 * seed, seed);
			const stream = compress(bytes, [filter]);
			expect(filterOf(stream), `seed ${seed}`).toBe(FILTER_IDS[filter]);
			expect(Buffer.compare(decompressor.decompress(stream, BLOCK), bytes), `seed ${seed}`).toBe(0);
		}
	});
});

test.each([
	["text", text(BLOCK)],
	["tables", wordTable(BLOCK)],
	["a mixture", mixture(BLOCK, 5)],
	["noise of seven bits", noise(BLOCK, 3).map((byte) => byte & 127)],
])("no filter is used for %s", (_, bytes) => {
	expect(filterOf(compress(bytes, FILTERS))).toBe(0);
});
