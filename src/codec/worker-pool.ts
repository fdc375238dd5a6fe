import { type Content, type Stretch, wholeStretch } from "../ground/bytes/index.js";
import { JobKind, UnreadableStretch } from "./block-job.js";
import {
	type BlockPool,
	type BlockPoolPlan,
	type BlockSlot,
	type CompressedBlock,
	copyBytes,
	HOLE,
} from "./block-slot.js";
import type { CompressorOptions } from "./compressor.js";
import { ShingleSampler } from "./shingles.js";
import { digestHere, readStretches, sampleHere } from "./stretch.js";
import { StretchListWriter } from "./stretch-list.js";
import { type BatchJob, runBatches } from "./worker-batches.js";
import { WorkerSlots, type WorkResult, type WorkSlot } from "./worker-slots.js";

/** A pool of worker threads that compress. */
export class WorkerBlockPool implements BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	readonly jobs: number;
	readonly slots: number;
	readonly #workers: WorkerSlots;

	constructor(plan: BlockPoolPlan) {
		this.compressor = plan.compressor;
		this.blockSize = plan.blockSize;
		this.jobs = plan.jobs;
		this.slots = plan.slots;
		const work = { compress: plan.compressor, module: plan.compressorModule?.href };
		this.#workers = new WorkerSlots({ ...plan, work, subject: `${plan.compressor.name}: compress block` });
	}

	async reserve(): Promise<BlockSlot> {
		const slot = await this.#workers.reserve();
		return {
			compress: (...block) => this.#compress(slot, ...block),
			release: slot.release,
		};
	}

	async digest(contents: readonly Content[]): Promise<readonly string[]> {
		const stretches = contents.map(wholeStretch);
		const job: BatchJob = { kind: JobKind.DIGEST, argument: 0, resultSize: () => 32, here: digestHere };
		const digests = await runBatches(this.#workers, stretches, job);
		return digests.flatMap((bytes) =>
			Array.from({ length: bytes.length / 32 }, (_, i) => bytes.toString("hex", 32 * i, 32 * i + 32)),
		);
	}

	sample(stretches: readonly Stretch[], limit: number): Promise<readonly Uint8Array[]> {
		return runBatches(this.#workers, stretches, {
			kind: JobKind.SAMPLE,
			argument: limit,
			resultSize: ({ size }) => ShingleSampler.sampleSize(size),
			here: (stretch) => sampleHere(stretch, limit),
		});
	}

	close(): Promise<void> {
		return this.#workers.close();
	}

	async #compress(
		slot: WorkSlot,
		stretches: readonly Stretch[],
		mayBeHole: boolean,
		target?: Uint8Array | undefined,
	): Promise<CompressedBlock> {
		const take = (result: WorkResult): CompressedBlock => blockOf(result, target);
		const list = new StretchListWriter(slot.input);
		const argument = mayBeHole ? 1 : 0;
		if (!stretches.every((stretch) => list.add(stretch)))
			return this.#compressHere(slot, stretches, argument, take);
		try {
			const job = { kind: JobKind.STRETCHES, length: list.length, argument };
			return await slot.runInPlace(job, take);
		} catch (cause) {
			if (!(cause instanceof UnreadableStretch)) throw cause;
			return this.#compressHere(await this.#workers.reserve(), stretches, argument, take);
		}
	}

	/** Compresses stretches that this thread reads. */
	async #compressHere(
		slot: WorkSlot,
		stretches: readonly Stretch[],
		argument: number,
		take: (result: WorkResult) => CompressedBlock,
	): Promise<CompressedBlock> {
		let length: number;
		try {
			length = readStretches(stretches, slot.input);
		} catch (cause) {
			slot.release();
			throw cause;
		}
		return slot.runInPlace({ kind: JobKind.BYTES, length, argument }, take);
	}
}

/** Returns a copy of the block in a slot. */
function blockOf({ bytes, size }: WorkResult, target: Uint8Array | undefined): CompressedBlock {
	return size === 0 ? HOLE : { bytes: copyBytes(bytes, target), raw: size < 0 };
}
