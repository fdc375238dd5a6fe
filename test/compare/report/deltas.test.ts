import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newBlockBytes } from "../../../src/compare/report/block-delta.js";
import { ChunkIndex, cutContent } from "../../../src/compare/report/chunk-delta.js";
import { fillGaps } from "../../../src/compare/report/equal-runs.js";
import * as patch from "../../../src/compare/report/patch-delta.js";
import { bufferContent, type Content } from "../../../src/ground/bytes/index.js";
import { noise } from "../../support/inodes.js";

const content = (...parts: Uint8Array[]) => bufferContent(Buffer.concat(parts));
const base = noise(300_000, 1);
const before = content(base);
async function indexOf(olds: readonly Content[]): Promise<ChunkIndex> {
	return new ChunkIndex(olds, await Promise.all(olds.map(cutContent)));
}
async function newChunkBytes(olds: readonly Content[], [next]: readonly [Content]): Promise<number> {
	return (await (await indexOf(olds)).match(next)).fresh;
}
async function patchBytes(old: Content, next: Content): Promise<number> {
	const { copies } = await (await indexOf([old])).match(next);
	return await patch.patchBytes(old, next, fillGaps([], copies));
}

describe("blocks of 4 KiB", () => {
	test("one changed byte costs its block", async () => {
		const changed = Buffer.from(base);
		changed[9000]! ^= 1;
		expect(await newBlockBytes([before], [content(changed)])).toBe(4096);
	});

	test("one inserted byte costs all blocks after it", async () => {
		const moved = content(base.subarray(0, 8192), Buffer.from("x"), base.subarray(8192));
		expect(await newBlockBytes([before], [moved])).toBe(300_001 - 8192);
	});

	test("a block is found wherever it lies at a multiple of 4 KiB, and counted once", async () => {
		const turned = content(base.subarray(8192, 16_384), base.subarray(0, 8192));
		expect(await newBlockBytes([before], [turned])).toBe(0);
		const fresh = noise(4096, 9);
		expect(await newBlockBytes([before], [content(fresh, fresh, fresh)])).toBe(4096);
	});
});

describe("chunks cut by content", () => {
	test("one inserted byte costs a chunk or two", async () => {
		const moved = content(base.subarray(0, 150_000), Buffer.from("x"), base.subarray(150_000));
		expect(await newChunkBytes([before], [moved])).toBeLessThan(130_000);
		expect(await newChunkBytes([before], [moved])).toBeGreaterThan(0);
	});

	test("they are 16 KiB on average, between 4 and 64", async () => {
		const large = bufferContent(noise(4_000_000, 3));
		const distinct = await newChunkBytes([], [large]);
		expect(distinct).toBe(4_000_000);
		// A change in the middle of each 256 KiB costs a chunk for each of them.
		const changed = Buffer.from(noise(4_000_000, 3));
		for (let at = 100_000; at < changed.length; at += 1 << 18) changed[at]! ^= 1;
		const average = (await newChunkBytes([large], [bufferContent(changed)])) / 15;
		expect(average).toBeGreaterThan(12_000);
		expect(average).toBeLessThan(40_000);
	});
});

describe("a patch", () => {
	test("of the same bytes is one instruction", async () => {
		expect(await patchBytes(before, content(base))).toBe(12);
	});

	test("has what is new, and copies the rest wherever it was", async () => {
		const fresh = noise(1000, 5);
		const changed = content(base.subarray(200_000), fresh, base.subarray(0, 100_000));
		const bytes = await patchBytes(before, changed);
		expect(bytes).toBeGreaterThanOrEqual(1024);
		expect(bytes).toBeLessThan(1100);
	});

	test("of unrelated bytes is all of them", async () => {
		expect(await patchBytes(before, content(noise(50_000, 7)))).toBe(50_000);
		expect(await patchBytes(content(new Uint8Array(0)), content(noise(100, 7)))).toBe(100);
	});

	test("of runs of equal bytes takes linear time", async () => {
		const zeros = bufferContent(new Uint8Array(3_000_000));
		expect(await patchBytes(zeros, bufferContent(new Uint8Array(2_999_999)))).toBe(12);
	});

	test("is never longer than the new bytes and its instructions", async () => {
		const bytes = fc.uint8Array({ maxLength: 4000 });
		await fc.assert(
			fc.asyncProperty(bytes, bytes, fc.nat(4000), async (old, extra, cut) => {
				const next = Buffer.concat([old.subarray(cut), extra, old.subarray(0, cut)]);
				expect(await patchBytes(bufferContent(old), bufferContent(next))).toBeLessThanOrEqual(next.length);
			}),
		);
	});
});
