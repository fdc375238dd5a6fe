import { spawnSync } from "node:child_process";
import { inflateSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { poolSize } from "../../src/codec/block-pool.js";
import {
	type BlockPool,
	type BlockPoolOptions,
	type CompressedBlock,
	createBlockPool,
} from "../../src/codec/index.js";
import { bufferContent, type Stretch, sha256Hex } from "../../src/ground/bytes/index.js";
import { ZLIB_COMPRESSOR_MODULE } from "../support/zlib-compressor.js";

const BLOCK_SIZE = 16_384;
const pools: BlockPool[] = [];

function openPool(options: Partial<BlockPoolOptions> = {}): BlockPool {
	const pool = createBlockPool({
		compressor: { name: "gzip", level: 1, windowLog: 15 },
		blockSize: BLOCK_SIZE,
		compressorModule: ZLIB_COMPRESSOR_MODULE,
		...options,
	});
	pools.push(pool);
	return pool;
}

afterEach(async () => {
	await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

/** Compressible text, or noise from a small generator. */
function block(seed: number, length: number, noisy: boolean): Uint8Array {
	let state = seed + 1;
	return Uint8Array.from({ length }, (_, i) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return noisy ? state >>> 24 : ((i * seed) >> 5) & 15;
	});
}

const BLOCKS = Array.from({ length: 60 }, (_, i) =>
	block(i, i % 7 === 0 ? 1 + i : BLOCK_SIZE - i, i % 3 === 0),
);

function stretchOf(bytes: Uint8Array): Stretch[] {
	return [{ content: bufferContent(bytes), position: 0, size: bytes.length }];
}

async function compressAll(pool: BlockPool, blocks: readonly Uint8Array[]): Promise<CompressedBlock[]> {
	const results: Promise<CompressedBlock>[] = [];
	for (const bytes of blocks) {
		const slot = await pool.reserve();
		results.push(slot.compress(stretchOf(bytes), false));
	}
	return Promise.all(results);
}

async function digests(pool: BlockPool, blocks: readonly Uint8Array[]): Promise<string[]> {
	return (await compressAll(pool, blocks)).map(({ bytes, raw }) => `${raw} ${sha256Hex(bytes)}`);
}

describe("the pool", () => {
	test.each([0, 1, 2, 5])("with %i jobs gives each block back compressed, or raw", async (jobs) => {
		const results = await compressAll(openPool({ jobs }), BLOCKS);
		for (const [i, { bytes, raw }] of results.entries()) {
			expect(Buffer.compare(raw ? bytes : inflateSync(bytes), BLOCKS[i]!), `block ${i}`).toBe(0);
			if (!raw) expect(bytes.length).toBeLessThan(BLOCKS[i]!.length);
		}
		expect(results.filter(({ raw }) => raw).length).toBeGreaterThan(10);
	});

	test.each([0, 2])("with %i jobs puts a block into the memory that the caller has for it", async (jobs) => {
		const pool = openPool({ jobs });
		for (const [i, bytes] of BLOCKS.slice(0, 4).entries()) {
			const expected = (await compressAll(pool, [bytes]))[0]!;
			const target = new Uint8Array(BLOCK_SIZE);
			const made = await (await pool.reserve()).compress(stretchOf(bytes), false, target);
			expect(made.raw).toBe(expected.raw);
			expect(Buffer.compare(made.bytes, expected.bytes), `block ${i}`).toBe(0);
			expect([made.bytes.buffer, made.bytes.byteOffset]).toEqual([target.buffer, 0]);
		}
	});

	test("gives the same bytes whatever the jobs", async () => {
		const [none, one, three] = await Promise.all(
			[0, 1, 3].map((jobs) => digests(openPool({ jobs }), BLOCKS)),
		);
		expect(one).toEqual(none);
		expect(three).toEqual(none);
	});

	test("serves several users at once, and again after it was idle", async () => {
		const pool = openPool({ jobs: 2 });
		const [a, b] = await Promise.all([digests(pool, BLOCKS), digests(pool, BLOCKS.toReversed())]);
		expect(b.toReversed()).toEqual(a);
		expect(await digests(pool, BLOCKS.slice(0, 3))).toEqual(a.slice(0, 3));
	});

	test.each([0, 2])("with %i jobs has no more slots than it says", async (jobs) => {
		const pool = openPool({ jobs });
		const held = await Promise.all(Array.from({ length: pool.slots }, () => pool.reserve()));
		let served = false;
		const next = pool.reserve().then((slot) => {
			served = true;
			slot.release();
		});
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(served).toBe(false);
		for (const slot of held) slot.release();
		await next;
	});
});

describe("a pool that ends", () => {
	test.each([0, 2])(
		"with %i jobs rejects what waits when it is closed, and all that comes later",
		async (jobs) => {
			const pool = openPool({ jobs });
			const slot = await pool.reserve();
			const open = slot.compress(stretchOf(BLOCKS[1]!), false).then(
				() => "done",
				(error) => error.code,
			);
			await pool.close();
			expect(["done", "ERR_CODEC_CLOSED"]).toContain(await open);
			await expect(pool.reserve()).rejects.toMatchObject({ code: "ERR_CODEC_CLOSED" });
			await pool.close();
		},
	);

	test.each([0, 2])("with %i jobs rejects with the reason of its signal", async (jobs) => {
		const controller = new AbortController();
		const pool = openPool({ jobs, signal: controller.signal });
		const slot = await pool.reserve();
		controller.abort(new Error("interrupted"));
		await expect(slot.compress(stretchOf(BLOCKS[1]!), false)).rejects.toThrow("interrupted");
		await expect(pool.reserve()).rejects.toThrow("interrupted");
	});

	test.each([0, 2])("with %i jobs reports a compressor that fails, and goes on", async (jobs) => {
		const pool = openPool({ jobs });
		const results = [Buffer.from("FAIL and more text"), BLOCKS[1]!].map(async (bytes) => {
			const slot = await pool.reserve();
			return slot.compress(stretchOf(bytes), false);
		});
		const [failed, passed] = await Promise.allSettled(results);
		expect(failed).toMatchObject({ status: "rejected", reason: { code: "ERR_CODEC_WORKER" } });
		expect(String((failed as PromiseRejectedResult).reason)).toContain("asked to fail");
		expect(passed?.status).toBe("fulfilled");
	});

	test("rejects everything when a worker dies", async () => {
		const pool = openPool({ jobs: 1 });
		await expect(compressAll(pool, [Buffer.from("EXIT now"), BLOCKS[1]!])).rejects.toMatchObject({
			code: "ERR_CODEC_WORKER",
		});
		await expect(pool.reserve()).rejects.toMatchObject({ code: "ERR_CODEC_WORKER" });
	});

	test("rejects when the compressor cannot be loaded", async () => {
		const pool = openPool({ jobs: 1, compressorModule: new URL("./absent.js", import.meta.url) });
		await expect(compressAll(pool, [BLOCKS[1]!])).rejects.toMatchObject({ code: "ERR_CODEC_WORKER" });
	});

	test("does not keep a process alive, nor lets it end while blocks are in work", () => {
		const script = `
			const { createBlockPool } = await import(${JSON.stringify(new URL("../../src/codec/index.js", import.meta.url))});
			const pool = createBlockPool({
				compressor: { name: "gzip", level: 1, windowLog: 15 }, blockSize: 4096, jobs: 2,
				compressorModule: new URL(${JSON.stringify(ZLIB_COMPRESSOR_MODULE)}),
			});
			const slot = await pool.reserve();
			const content = { size: 4096, read: (target) => target.fill(0) };
			console.log((await slot.compress([{ content, position: 0, size: 4096 }], false)).raw);`;
		const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 100_000 });
		expect(run.stdout.toString()).toBe("false\n");
		expect(run.status).toBe(0);
	});
});

describe("the size of a pool", () => {
	const MEBI = 1 << 20;
	test.each([
		{ blockSize: 131_072, jobs: 0, memory: undefined, jobsGot: 0, slots: 1 },
		{ blockSize: 131_072, jobs: 2, memory: undefined, jobsGot: 2, slots: 16 },
		{ blockSize: 131_072, jobs: 4, memory: 64 * MEBI, jobsGot: 2, slots: 16 },
		{ blockSize: 1 * MEBI, jobs: 8, memory: 100 * MEBI, jobsGot: 2, slots: 16 },
		{ blockSize: 1 * MEBI, jobs: 8, memory: 82 * MEBI, jobsGot: 2, slots: 6 },
		{ blockSize: 131_072, jobs: 4, memory: 1, jobsGot: 1, slots: 2 },
	])("$jobs jobs of $blockSize bytes in $memory", ({ blockSize, jobs, memory, jobsGot, slots }) => {
		expect(poolSize(blockSize, jobs, memory)).toEqual({ jobs: jobsGot, slots });
	});

	test.each([-1, 1.5, Number.NaN])("refuses %d jobs", (jobs) => {
		expect(() => poolSize(131_072, jobs)).toThrow(RangeError);
	});
});
