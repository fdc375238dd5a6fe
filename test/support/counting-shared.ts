import type { BlockPool } from "../../src/codec/index.js";
import { Shared } from "../../src/container/shared.js";
import { contentSha256, type Stretch } from "../../src/ground/bytes/index.js";
import type { ImageOptions } from "../../src/squashfs/format/index.js";

/** What runs share, with a list of the blocks that were compressed: the stretches that each is made of. */
export class CountingShared extends Shared {
	readonly blocks: string[] = [];
	/** Bytes of all of them, and of those that differ. */
	bytes: number = 0;
	distinctBytes: number = 0;
	readonly #seen = new Set<string>();

	override pool(options: ImageOptions): BlockPool {
		const pool = super.pool(options);
		const { compressor, blockSize, jobs, slots } = pool;
		return {
			...{ compressor, blockSize, jobs, slots },
			digest: (contents) => pool.digest(contents),
			sample: (stretches, limit) => pool.sample(stretches, limit),
			close: () => pool.close(),
			reserve: async () => {
				const slot = await pool.reserve();
				return {
					release: () => slot.release(),
					compress: (stretches, mayBeHole) => {
						this.#count(stretches);
						return slot.compress(stretches, mayBeHole);
					},
				};
			},
		};
	}

	#count(stretches: readonly Stretch[]): void {
		const name = stretches.map(nameOf).join();
		const size = stretches.reduce((sum, stretch) => sum + stretch.size, 0);
		this.blocks.push(name);
		this.bytes += size;
		if (!this.#seen.has(name)) this.distinctBytes += size;
		this.#seen.add(name);
	}
}

function nameOf({ content, position, size }: Stretch): string {
	return `${contentSha256(content)} ${position} ${size}`;
}
