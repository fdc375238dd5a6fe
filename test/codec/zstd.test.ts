import { describe, expect, test } from "vitest";
import { createCompressor, createDecompressor } from "../../src/codec/index.js";
import { noise, text } from "../support/block-samples.js";

const BLOCK_SIZE = 131_072;
const BLOCK_HEADER_SIZE = 3;

/** Of each block of a frame of ours (RFC 8878, section 3.1.1: one segment, no checksum), if it says it is the last. */
function pieces(frame: Uint8Array): boolean[] {
	const found: boolean[] = [];
	const sizeBytes = frame[4]! === 0xa0 ? 4 : frame[4]! === 0x60 ? 2 : 1;
	for (let at = 5 + sizeBytes; at < frame.length; ) {
		const header = frame[at]! | (frame[at + 1]! << 8) | (frame[at + 2]! << 16);
		const isRun = ((header >>> 1) & 3) === 1;
		found.push((header & 1) === 1);
		at += BLOCK_HEADER_SIZE + (isRun ? 1 : header >>> 3);
	}
	return found;
}

/** Bytes of which each is one of 32 in the first half, one of 32 others in the second. */
function twoNatures(): Uint8Array {
	return noise(BLOCK_SIZE, 7).map((byte, index) => (byte & 31) + (index < BLOCK_SIZE / 2 ? 0 : 128));
}

function compressed(block: Uint8Array, level: number): Uint8Array {
	return createCompressor({ name: "zstd", level }, BLOCK_SIZE).compress(block, "data")!.slice();
}

describe("a block is cut where its content changes", () => {
	test.each([1, 5, 9, 12, 15, 19])("level %i", (level) => {
		const block = twoNatures();
		const frame = compressed(block, level);
		expect(pieces(frame).length).toBeGreaterThan(1);
		// One table for both takes six bits a byte, one for each five.
		expect(frame.length).toBeLessThan((BLOCK_SIZE * 5.3) / 8);
		const decompressor = createDecompressor("zstd", BLOCK_SIZE);
		expect(Buffer.compare(decompressor.decompress(frame, BLOCK_SIZE), block)).toBe(0);
	});

	test.each([1, 9, 15])("level %i, around noise", (level) => {
		const block = Buffer.concat([text(49_152, 1), noise(16_384, 2), text(65_536, 1)]);
		const frame = compressed(block, level);
		const last = pieces(frame);
		expect(last.length).toBeGreaterThan(1);
		expect(last.indexOf(true)).toBe(last.length - 1);
		const decompressor = createDecompressor("zstd", BLOCK_SIZE);
		expect(Buffer.compare(decompressor.decompress(frame, BLOCK_SIZE), block)).toBe(0);
	});
});

/** Three parts of `unit` bytes without matches, of which the middle one has other bytes; then text. */
function threeNatures(unit: number, seed: number): Uint8Array {
	const literals = noise(3 * unit, seed).map((byte, index) =>
		index < unit || index >= 2 * unit ? byte & 127 : byte | 128,
	);
	return Buffer.concat([literals, text(BLOCK_SIZE - 3 * unit, seed)]);
}

test.each([1, 3, 6, 9, 12])("level %i: a run of literals may go on over several pieces", (level) => {
	const decompressor = createDecompressor("zstd", BLOCK_SIZE);
	for (const unit of [16_384, 20_000, 32_768]) {
		for (const seed of [7, 8, 9, 10, 11]) {
			const block = threeNatures(unit, seed);
			const expanded = decompressor.decompress(compressed(block, level), BLOCK_SIZE);
			expect([unit, seed, Buffer.compare(expanded, block)]).toEqual([unit, seed, 0]);
		}
	}
});

test("a higher level gives no longer frame", () => {
	const block = Buffer.concat([text(100_000, 3), noise(1000, 4), text(30_072, 5)]);
	const sizes = [1, 3, 6, 9, 15, 19].map((level) => compressed(block, level).length);
	expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
});
