import { describe, expect, test } from "vitest";
import { createBlockPool } from "../../src/codec/index.js";
import { ShingleSampler } from "../../src/codec/shingles.js";
import { bufferContent, type Stretch } from "../../src/ground/bytes/index.js";

/** Keeps nearly every hash, as an unlucky piece does where a thirty-second of them is kept. */
const EVERY_HASH = 0xffff_ffff;
const LENGTHS = [
	...Array.from({ length: 300 }, (_, length) => length),
	511,
	512,
	4095,
	4096,
	1 << 16,
	1 << 20,
];

/** Bytes in which no 8 of them stand twice. */
function bytesWithoutOrder(length: number): Uint8Array {
	let state = 1;
	return Uint8Array.from({ length }, () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state >>> 24;
	});
}

describe("size of a sample", () => {
	test("a sample that keeps every hash fits into it, at every length", () => {
		const sampler = new ShingleSampler();
		for (const length of LENGTHS) {
			const room = Buffer.alloc(ShingleSampler.sampleSize(length));
			sampler.input(length).set(bytesWithoutOrder(length));
			const written = sampler.writeSample(room, length, EVERY_HASH);
			expect(room.readUInt32LE(0), `${length} bytes`).toBe((written - 12) / 4);
			expect(sampler.sample(length, EVERY_HASH), `${length} bytes`).toHaveLength((written - 12) / 4);
		}
	});

	test.each([0, 2])(
		"small pieces in memory with more hashes than an eighth are sampled, with %i workers",
		async (jobs) => {
			const compressor = { name: "gzip", level: 6, windowLog: 15 } as const;
			const pool = createBlockPool({ compressor, blockSize: 4096, jobs });
			const stretches = LENGTHS.filter((length) => length <= 4096).map((size): Stretch => {
				return { content: bufferContent(bytesWithoutOrder(size)), position: 0, size };
			});
			try {
				const samples = Buffer.concat(await pool.sample(stretches, EVERY_HASH));
				let at = 0;
				for (const { size } of stretches) {
					expect(samples.readUInt32LE(at + 4)).toBe(size);
					at += 12 + 4 * samples.readUInt32LE(at);
				}
				expect(at).toBe(samples.length);
			} finally {
				await pool.close();
			}
		},
	);
});
