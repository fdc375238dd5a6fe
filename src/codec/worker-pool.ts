import type { BlockPool, BlockPoolPlan, BlockSlot } from "./block-slot.js";

import type { CompressorOptions } from "./compressor.js";
import { WorkerSlots } from "./worker-slots.js";

/** A pool of worker threads that compress. */
export class WorkerBlockPool implements BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	readonly slots: number;
	readonly #workers: WorkerSlots;

	constructor(plan: BlockPoolPlan) {
		this.compressor = plan.compressor;
		this.blockSize = plan.blockSize;
		this.slots = plan.slots;
		const work = { compress: plan.compressor, module: plan.compressorModule?.href };
		this.#workers = new WorkerSlots({ ...plan, work, subject: `${plan.compressor.name}: compress block` });
	}

	async reserve(): Promise<BlockSlot> {
		const { input, run, release } = await this.#workers.reserve();
		const compress: BlockSlot["compress"] = async (length) => {
			const { bytes, size } = await run(length);
			return { bytes, raw: size === 0 };
		};
		return { input, compress, release };
	}

	close(): Promise<void> {
		return this.#workers.close();
	}
}
