import type { Worker } from "node:worker_threads";
import { startThread } from "../ground/threads/index.js";
import { JobKind } from "./block-job.js";
import { poolSize } from "./block-pool.js";
import type { BlockWorkerData } from "./block-worker.js";
import type { CompressorName } from "./compressor.js";
import { SlotArena, SlotState } from "./slot-arena.js";

/** If no block ends for this long, the threads count as dead. Milliseconds. */
const PATIENCE = 10_000;

/**
 * Expands blocks in other threads for a synchronous caller, which blocks its thread while it waits. If a thread
 * fails, the caller expands the block itself, so that errors of threads do not matter.
 */
export class ExpandAhead {
	readonly #arena: SlotArena;
	readonly #workers: readonly Worker[];
	readonly #free: number[];
	/** Slots whose results are no longer wanted. */
	readonly #abandoned = new Set<number>();
	#isDead = false;

	/** @param jobs worker threads, 1 at least. */
	constructor(compressor: CompressorName, blockSize: number, jobs: number) {
		const { slots } = poolSize(blockSize, jobs);
		this.#arena = SlotArena.create(slots, blockSize);
		this.#free = Array.from({ length: slots }, (_, slot) => slot);
		const workerData: BlockWorkerData = {
			work: { expand: compressor },
			arena: this.#arena.buffers,
			notify: false,
		};
		this.#workers = Array.from({ length: jobs }, () => startWorker(workerData));
	}

	/** Whether a block can be handed to the threads. */
	get hasRoom(): boolean {
		if (this.#free.length === 0) this.#reclaim();
		return !this.#isDead && this.#free.length > 0;
	}

	/** Hands over a stored block of at most blockSize bytes, if there is room. @returns a ticket for `take`. */
	hand(stored: Uint8Array): number {
		const slot = this.#free.pop()!;
		this.#arena.bytes(slot, stored.length).set(stored);
		this.#arena.fill(slot, { kind: JobKind.BYTES, length: stored.length, argument: 0 });
		return slot;
	}

	/**
	 * Waits for a block, and returns it expanded. Each ticket can be used once.
	 * @returns undefined if that failed, or if the threads have not started yet, because then the caller is
	 *   faster.
	 */
	take(slot: number): Uint8Array | undefined {
		if (!this.#waitFor(slot)) {
			this.abandon(slot);
			return undefined;
		}
		const isDone = this.#arena.state(slot) === SlotState.DONE;
		const expanded = isDone ? this.#arena.bytes(slot, this.#arena.size(slot)).slice() : undefined;
		this.#release(slot);
		return expanded;
	}

	/** Abandons a block that was handed over. */
	abandon(slot: number): void {
		this.#abandoned.add(slot);
	}

	/** Ends the threads. */
	async close(): Promise<void> {
		this.#isDead = true;
		await Promise.all(this.#workers.map((worker) => worker.terminate()));
	}

	/** Waits until a block is no longer in work. @returns whether it is done. */
	#waitFor(slot: number): boolean {
		for (;;) {
			const seen = this.#arena.doneCount;
			if (!this.#isInWork(slot)) return true;
			if (this.#isDead || seen === 0) return false;
			if (!this.#arena.wait(seen, PATIENCE)) this.#isDead = true;
		}
	}

	#isInWork(slot: number): boolean {
		return this.#arena.state(slot) === SlotState.FILLED;
	}

	#reclaim(): void {
		for (const slot of this.#abandoned) {
			if (this.#isInWork(slot)) continue;
			this.#abandoned.delete(slot);
			this.#release(slot);
		}
	}

	#release(slot: number): void {
		this.#arena.free(slot);
		this.#free.push(slot);
	}
}

function startWorker(workerData: BlockWorkerData): Worker {
	const worker = startThread(new URL("./block-worker.js", import.meta.url), { workerData });
	worker.unref();
	// The caller notices the failure, because its block never ends.
	worker.on("error", () => {});
	return worker;
}
