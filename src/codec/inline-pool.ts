import { setImmediate } from "node:timers/promises";
import { type Content, contentSha256, type Stretch } from "../ground/bytes/index.js";
import {
	type BlockPool,
	type BlockPoolPlan,
	type BlockSlot,
	type CompressedBlock,
	copyBytes,
	HOLE,
} from "./block-slot.js";
import type { Compressor, CompressorOptions } from "./compressor.js";
import { CodecError } from "./errors.js";
import { loadCompressor } from "./load.js";
import { readStretches, sampleHere } from "./stretch.js";

/** Bytes read between two turns of the event loop. */
const TURN_BYTES = 1 << 20;

/** A pool of one slot that works in the calling thread, for tiny images and for `--jobs 0`. */
export class InlineBlockPool implements BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	readonly jobs: number = 0;
	readonly slots: number = 1;
	readonly #plan: BlockPoolPlan;
	readonly #zeros: Uint8Array;
	#instance: Compressor | undefined;
	/** Settles when the last holder has freed the slot. */
	#free: Promise<void> = Promise.resolve();
	#closed = false;

	constructor(plan: BlockPoolPlan) {
		this.#plan = plan;
		this.compressor = plan.compressor;
		this.blockSize = plan.blockSize;
		this.#zeros = new Uint8Array(plan.blockSize);
	}

	async reserve(): Promise<BlockSlot> {
		const before = this.#free;
		let free = (): void => {};
		this.#free = new Promise((resolve) => {
			free = resolve;
		});
		await before;
		if (this.#hasEnded) {
			free();
			throw this.#endReason();
		}
		return {
			compress: (...block) => this.#compress(...block).finally(free),
			release: free,
		};
	}

	digest(contents: readonly Content[]): Promise<readonly string[]> {
		return this.#each(contents, contentSha256);
	}

	sample(stretches: readonly Stretch[], limit: number): Promise<readonly Uint8Array[]> {
		return this.#each(stretches, (stretch) => sampleHere(stretch, limit));
	}

	async close(): Promise<void> {
		this.#closed = true;
	}

	async #each<Item extends { readonly size: number }, Result>(
		items: readonly Item[],
		make: (item: Item) => Result,
	): Promise<readonly Result[]> {
		const results: Result[] = [];
		let bytesOfTurn = 0;
		for (const item of items) {
			if (this.#hasEnded) throw this.#endReason();
			results.push(make(item));
			bytesOfTurn += item.size;
			if (bytesOfTurn < TURN_BYTES) continue;
			bytesOfTurn = 0;
			await setImmediate();
		}
		return results;
	}

	async #compress(
		stretches: readonly Stretch[],
		mayBeHole: boolean,
		target?: Uint8Array | undefined,
	): Promise<CompressedBlock> {
		const memory = target ?? new Uint8Array(this.blockSize);
		const block = memory.subarray(0, readStretches(stretches, memory));
		if (mayBeHole && Buffer.compare(block, this.#zeros.subarray(0, block.length)) === 0) return HOLE;
		// Between two blocks, timers, signals and progress can run.
		await setImmediate();
		if (this.#hasEnded) throw this.#endReason();
		this.#instance ??= await loadCompressor(
			this.#plan.compressorModule?.href,
			this.compressor,
			this.blockSize,
		);
		try {
			const stored = this.#instance.compress(block, "data");
			return stored === undefined
				? { bytes: block, raw: true }
				: { bytes: copyBytes(stored, target), raw: false };
		} catch (cause) {
			throw new CodecError("ERR_CODEC_WORKER", `${this.compressor.name}: compress block: ${cause}`, {
				cause,
			});
		}
	}

	get #hasEnded(): boolean {
		return this.#closed || this.#plan.signal?.aborted === true;
	}

	#endReason(): unknown {
		return (
			this.#plan.signal?.reason ??
			new CodecError("ERR_CODEC_CLOSED", `${this.compressor.name}: compress block: pool is closed`)
		);
	}
}
