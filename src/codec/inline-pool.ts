import { setImmediate } from "node:timers/promises";
import type { BlockPool, BlockPoolPlan, BlockSlot, CompressedBlock } from "./block-slot.js";
import type { Compressor, CompressorOptions } from "./compressor.js";
import { CodecError } from "./errors.js";
import { loadCompressor } from "./load.js";

/** A pool of one slot that compresses in the calling thread: for tiny images and `--jobs 0`. */
export class InlineBlockPool implements BlockPool {
	readonly compressor: CompressorOptions;
	readonly blockSize: number;
	readonly slots: number = 1;
	readonly #plan: BlockPoolPlan;
	readonly #input: Uint8Array;
	#instance: Compressor | undefined;
	/** Settles when the slot was freed by its last holder. */
	#free: Promise<void> = Promise.resolve();
	#closed = false;

	constructor(plan: BlockPoolPlan) {
		this.#plan = plan;
		this.compressor = plan.compressor;
		this.blockSize = plan.blockSize;
		this.#input = new Uint8Array(new SharedArrayBuffer(plan.blockSize));
	}

	async reserve(): Promise<BlockSlot> {
		const before = this.#free;
		let free = (): void => {};
		this.#free = new Promise((resolve) => {
			free = resolve;
		});
		await before;
		if (this.#closed || this.#plan.signal?.aborted) {
			free();
			throw this.#endReason();
		}
		return {
			input: this.#input,
			compress: (length) => this.#compress(length).finally(free),
			release: free,
		};
	}

	async close(): Promise<void> {
		this.#closed = true;
	}

	async #compress(length: number): Promise<CompressedBlock> {
		// Between two blocks timers, signals and progress get their turn.
		await setImmediate();
		if (this.#closed || this.#plan.signal?.aborted) throw this.#endReason();
		this.#instance ??= await loadCompressor(
			this.#plan.compressorModule?.href,
			this.compressor,
			this.blockSize,
		);
		const block = this.#input.slice(0, length);
		try {
			const stored = this.#instance.compress(block, "data");
			return stored === undefined
				? { bytes: block, raw: true }
				: { bytes: Uint8Array.from(stored), raw: false };
		} catch (cause) {
			throw new CodecError("ERR_CODEC_WORKER", `${this.compressor.name}: compress block: ${cause}`, {
				cause,
			});
		}
	}

	#endReason(): unknown {
		return (
			this.#plan.signal?.reason ??
			new CodecError("ERR_CODEC_CLOSED", `${this.compressor.name}: compress block: pool is closed`)
		);
	}
}
