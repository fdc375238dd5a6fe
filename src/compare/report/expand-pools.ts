import { createExpandPool, type ExpandPool } from "../../codec/index.js";
import type { OpenedImage } from "./stored-comparison.js";

/** Calls `use` with a pool for each image. Images with equal compressor and block size share one. */
export async function withPools<T>(
	images: readonly OpenedImage[],
	use: (pools: readonly ExpandPool[]) => Promise<T>,
): Promise<T> {
	const known = new Map<string, ExpandPool>();
	const pools = images.map(({ image: { compressor, superblock } }) => {
		const key = `${compressor} ${superblock.blockSize}`;
		const pool = known.get(key) ?? createExpandPool({ compressor, blockSize: superblock.blockSize });
		known.set(key, pool);
		return pool;
	});
	try {
		return await use(pools);
	} finally {
		await Promise.all([...known.values()].map((pool) => pool.close()));
	}
}
