import { afterEach, expect, test } from "vitest";
import { type BlockPool, createBlockPool, lendBlockPool } from "../../src/codec/index.js";
import { bufferContent, sha256Hex } from "../../src/ground/bytes/index.js";

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
	const content = bufferContent(new Uint8Array(4096));
	return (await slot.compress([{ content, position: 0, size: 4096 }], false)).bytes.length;
}

test("a loan compresses as the pool does", async () => {
	const pool = openPool();
	const lent = lendBlockPool(pool);
	expect(lent).toMatchObject({ compressor: pool.compressor, blockSize: 4096, slots: pool.slots });
	expect(await compressZeros(lent)).toBe(await compressZeros(pool));
	expect(await lent.digest([bufferContent(Buffer.from("a"))])).toEqual([sha256Hex("a")]);
});

test("closing a loan leaves the pool to others", async () => {
	const pool = openPool();
	const lent = lendBlockPool(pool);
	await lent.close();
	await expect(lent.reserve()).rejects.toMatchObject({ code: "ERR_CODEC_CLOSED" });
	await expect(lent.digest([])).rejects.toMatchObject({ code: "ERR_CODEC_CLOSED" });
	await expect(lent.sample([], 1)).rejects.toMatchObject({ code: "ERR_CODEC_CLOSED" });
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
