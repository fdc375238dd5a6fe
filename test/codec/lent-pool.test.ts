import { afterEach, expect, test } from "vitest";
import { type BlockPool, createBlockPool, lendBlockPool } from "../../src/codec/index.js";

const pools: BlockPool[] = [];

/** A pool of one slot. */
function openPool(): BlockPool {
	const pool = createBlockPool({
		compressor: { name: "gzip", level: 1, windowLog: 15 },
		blockSize: 4096,
		jobs: 0,
	});
	pools.push(pool);
	return pool;
}

afterEach(async () => {
	await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

async function compressZeros(pool: BlockPool): Promise<number> {
	const slot = await pool.reserve();
	return (await slot.compress(4096)).bytes.length;
}

test("a loan compresses as the pool does", async () => {
	const pool = openPool();
	const lent = lendBlockPool(pool);
	expect(lent).toMatchObject({ compressor: pool.compressor, blockSize: 4096, slots: pool.slots });
	expect(await compressZeros(lent)).toBe(await compressZeros(pool));
});

test("closing a loan leaves the pool to others", async () => {
	const pool = openPool();
	const lent = lendBlockPool(pool);
	await lent.close();
	await expect(lent.reserve()).rejects.toMatchObject({ code: "ERR_CODEC_CLOSED" });
	expect(await compressZeros(lendBlockPool(pool))).toBeGreaterThan(0);
});

test("a slot that comes too late for its borrower returns to the pool", async () => {
	const pool = openPool();
	const [controller, held] = [new AbortController(), await pool.reserve()];
	const waiting = lendBlockPool(pool, controller.signal).reserve();
	controller.abort(new Error("enough"));
	held.release();
	await expect(waiting).rejects.toThrow("enough");
	expect(await compressZeros(pool)).toBeGreaterThan(0);
});
