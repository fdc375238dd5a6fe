import { expect, test } from "vitest";
import type { CompressorOptions } from "../../../src/codec/index.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { type ImageOptions, SquashfsError } from "../../../src/squashfs/format/index.js";
import { mutate, randomNumbers, readAll, sampleTree } from "../../support/hostile-images.js";
import { countOf } from "../../support/sample.js";
import { GZIP, imageBytes } from "../../support/squashfs-images.js";

const BYTES = 1 << 20;
const ENTRIES = 100_000;
const raw: Partial<ImageOptions> = { rawInodes: true, rawXattrs: true, rawData: true, rawFragments: true };
const xz: CompressorOptions = { name: "xz", tier: "fast" };

// Metadata that is not compressed lets a mutation reach any field of it.
test.each<[string, number, Partial<ImageOptions>]>([
	["stored raw", countOf(6000, 2000), raw],
	["gzip", countOf(1000, 400), { compressor: GZIP }],
	["zstd", countOf(1000, 400), { compressor: { name: "zstd", level: 1 } }],
	["lz4", countOf(1000, 400), { compressor: { name: "lz4", highCompression: false } }],
	["xz", countOf(1000, 400), { compressor: xz }],
])("images of %s, mutated %i times, are read or refused", async (_, count, options) => {
	const image = await imageBytes(sampleTree(), { blockSize: 4096, pad: false, ...options });
	const whole = readAll(bufferContent(image), BYTES);
	expect(whole).toEqual({ entries: 113, bytes: 22_219 });
	const random = randomNumbers(count);
	let refused = 0;
	for (let i = 0; i < count; i++) {
		const mutant = mutate(image, random);
		try {
			const { entries } = readAll(bufferContent(mutant), BYTES);
			expect(entries).toBeLessThan(ENTRIES);
		} catch (error) {
			if (!(error instanceof SquashfsError)) throw error;
			expect(error.message).toMatch(/^squashfs image: /);
			refused++;
		}
	}
	expect(refused).toBeGreaterThan(count / 10);
});
