import type { BlockPool, Stretch } from "../../src/codec/index.js";
import { Shared } from "../../src/container/shared.js";
import { contentSha256 } from "../../src/ground/bytes/index.js";
import type { ImageOptions } from "../../src/squashfs/format/index.js";

/** What runs share, with a list of the blocks that were compressed: the stretches that each is made of. */
export class CountingShared extends Shared {
	readonly blocks: string[] = [];
	/** Bytes of all of them. */
	bytes: number = 0;

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
		this.blocks.push(stretches.map(nameOf).join());
		for (const { size } of stretches) this.bytes += size;
	}
}

function nameOf({ content, position, size }: Stretch): string {
	return `${contentSha256(content)} ${position} ${size}`;
}
