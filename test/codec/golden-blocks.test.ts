import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type CompressorOptions, createCompressor } from "../../src/codec/index.js";
import { BLOCK_SAMPLES } from "../support/block-samples.js";

// What a compressor makes of all samples, in order. These change only when an encoder is meant to
// make other bytes; they are the same on every machine and with every version of Node.
const GOLDEN: readonly (readonly [CompressorOptions, string])[] = [
	[
		{ name: "gzip", level: 1, windowLog: 15 },
		"be1e12cadcfc165f8459cf04b6ac861069ad8bd6afb01c51ab0d6d5c275f11ec",
	],
	[
		{ name: "gzip", level: 9, windowLog: 15 },
		"a0f358bfdb86f7bc9d6c0a9c5963f846ca0d96c09b90d29db182176c0c332484",
	],
	[
		{ name: "lz4", highCompression: false },
		"5a654b42658e77a1d0821334571831511ec498d695c9bde8cdff9a0d584ffd5f",
	],
	[
		{ name: "lz4", highCompression: true },
		"a90d6d8e1446c04423c8914aac4ccb3d9ca34f19ba30d1a6a06860da9a2ca570",
	],
	[{ name: "zstd", level: 1 }, "3b8cdf3fc2c88cbc16b203ed4a068184d040fe0d40a75879aa68c5a95d1bfa62"],
	[{ name: "zstd", level: 3 }, "e698d2b8426b0eb9c18ed8c644c91d8ec004b6d62b3204d66366dbc4ad7bdc03"],
	[{ name: "zstd", level: 6 }, "7e167d1daff0e5425f3ddb9942b0e1ab579b9c33686f521176ee917b57a4095e"],
	[{ name: "zstd", level: 9 }, "03ba4fc7ecb23398da29e2e6b7d733d14293a7cc1ff75426e9b40e500969368b"],
	[{ name: "zstd", level: 15 }, "d4b048fefc91e11b6966a5bebb0ffa356a6d0600fdadf5cd0c3d6f6fe73fe46f"],
];

test.each(GOLDEN)("%o makes the bytes it always made", (options, expected) => {
	const compressor = createCompressor(options, 131_072);
	const hash = createHash("sha256");
	for (const block of Object.values(BLOCK_SAMPLES)) hash.update(compressor.compress(block, "data") ?? "raw");
	expect(hash.digest("hex")).toBe(expected);
});

const FOLDER = new URL("../../src/codec/", import.meta.url);
const IMPORT_SECTION = 2;

/** The ids of a module's sections (WebAssembly core specification, section 5.5.2). */
function sectionIds(module: Uint8Array): number[] {
	const ids: number[] = [];
	for (let at = 8; at < module.length; ) {
		ids.push(module[at++]!);
		let length = 0;
		for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
			byte = module[at++]!;
			length |= (byte & 127) << shift;
		}
		at += length;
	}
	return ids;
}

describe("WebAssembly modules", () => {
	const names = readdirSync(FOLDER).filter((name) => name.endsWith(".wasm"));

	test("are there", () => {
		expect(names).toContain("zstd.wasm");
	});

	test.each(names)("%s imports nothing", (name) => {
		expect(sectionIds(readFileSync(new URL(name, FOLDER)))).not.toContain(IMPORT_SECTION);
	});
});
