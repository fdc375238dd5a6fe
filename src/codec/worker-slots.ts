import type { Worker } from "node:worker_threads";
import { startThread } from "../ground/threads/index.js";
import { UnreadableStretch } from "./block-job.js";
import type { BlockWork, BlockWorkerData } from "./block-worker.js";
import { CodecError } from "./errors.js";
import { SlotArena, type SlotJob, SlotState } from "./slot-arena.js";

interface Settle<T> {
	resolve(value: T): void;
	reject(reason: unknown): void;
}

/** A job in work. `finish` gets the result while it is in its slot. */
interface WorkingJob {
	finish(result: WorkResult): void;
	reject(reason: unknown): void;
}

/** The result of a job. */
export interface WorkResult {
	/** The bytes of the result; the receiver owns them. */
	readonly bytes: Uint8Array;
	/** The size as `SlotWork` returns it: minus the size of a block that is stored uncompressed. */
	readonly size: number;
}

/** A free place for one block. */
export interface WorkSlot {
	/** blockSize bytes for input; backed by a SharedArrayBuffer. */
	readonly input: Uint8Array;
	/**
	 * Lets a worker do a job with the bytes in `input`. The slot is free again once the promise settles.
	 * @throws CodecError ERR_CODEC_WORKER; UnreadableStretch.
	 */
	run(job: SlotJob): Promise<WorkResult>;
	/**
	 * Lets a worker do a job as `run` does, and passes the result to `take` without copying it. The bytes are
	 * valid only during the call.
	 * @throws as `run`; what `take` throws.
	 */
	runInPlace<T>(job: SlotJob, take: (result: WorkResult) => T): Promise<T>;
	/** Returns the slot unused. */
	release(): void;
}

interface WorkerSlotsOptions {
	readonly work: BlockWork;
	/** Bytes of a slot. */
	readonly blockSize: number;
	readonly jobs: number;
	readonly slots: number;
	readonly signal?: AbortSignal | undefined;
	/** Subject of errors: the compressor and the action, such as `xz: compress block`. */
	readonly subject: string;
}

/**
 * Worker threads over shared slots. Blocks are exchanged only by atomics: workers wait for the count of filled
 * slots to change, this thread for that of finished ones.
 */
export class WorkerSlots {
	readonly #plan: WorkerSlotsOptions;
	readonly #arena: SlotArena;
	readonly #workers: Worker[] = [];
	readonly #free: number[];
	readonly #waiting: Settle<WorkSlot>[] = [];
	readonly #working = new Map<number, WorkingJob>();
	readonly #onAbort = (): void => this.#end(this.#plan.signal?.reason);
	/** The reason why the pool takes no more blocks. */
	#ended: { readonly reason: unknown } | undefined;

	constructor(plan: WorkerSlotsOptions) {
		this.#plan = plan;
		this.#arena = SlotArena.create(plan.slots, plan.blockSize);
		this.#free = Array.from({ length: plan.slots }, (_, slot) => slot);
		if (plan.signal?.aborted) this.#onAbort();
		else plan.signal?.addEventListener("abort", this.#onAbort, { once: true });
	}

	/** Resolves when a slot is free, in the order of the calls. */
	reserve(): Promise<WorkSlot> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ resolve, reject });
			this.#serve();
		});
	}

	/** Starts all workers, which otherwise start when blocks wait for them. */
	start(): void {
		if (this.#ended) return;
		while (this.#workers.length < this.#plan.jobs) this.#startWorker();
		if (this.#working.size === 0) for (const worker of this.#workers) worker.unref();
	}

	/** Ends the workers; open promises are rejected with ERR_CODEC_CLOSED. */
	async close(): Promise<void> {
		this.#end(new CodecError("ERR_CODEC_CLOSED", `${this.#plan.subject}: pool is closed`));
		await Promise.all(this.#workers.map((worker) => worker.terminate()));
	}

	/** Gives free slots to waiting callers. */
	#serve(): void {
		while (this.#waiting.length > 0) {
			if (this.#ended) {
				this.#waiting.shift()?.reject(this.#ended.reason);
				continue;
			}
			const slot = this.#free.pop();
			if (slot === undefined) return;
			this.#waiting.shift()?.resolve(this.#openSlot(slot));
		}
	}

	#openSlot(slot: number): WorkSlot {
		return {
			input: this.#arena.bytes(slot),
			run: (job) => this.#run(slot, job, copyResult),
			runInPlace: (job, take) => this.#run(slot, job, take),
			release: () => this.#release(slot),
		};
	}

	#release(slot: number): void {
		this.#arena.free(slot);
		this.#free.push(slot);
		this.#serve();
	}

	#run<T>(slot: number, job: SlotJob, take: (result: WorkResult) => T): Promise<T> {
		return new Promise((resolve, reject) => {
			if (this.#ended) {
				reject(this.#ended.reason);
				return;
			}
			this.#working.set(slot, { finish: (result) => resolve(take(result)), reject });
			this.#arena.fill(slot, job);
			if (this.#workers.length < Math.min(this.#plan.jobs, this.#working.size)) this.#startWorker();
			if (this.#working.size === 1) void this.#watch();
		});
	}

	#startWorker(): void {
		const workerData: BlockWorkerData = {
			work: this.#plan.work,
			arena: this.#arena.buffers,
			notify: !SlotArena.canWait,
		};
		const worker = startThread(new URL("./block-worker.js", import.meta.url), { workerData });
		worker.on("message", () => this.#collect());
		worker.on("error", (cause) => this.#end(this.#workerError(cause)));
		worker.on("exit", (code) => this.#end(this.#workerError(`worker ended with code ${code}`)));
		this.#workers.push(worker);
	}

	/** Collects results while blocks are in work. Only then do the workers keep the process alive. */
	async #watch(): Promise<void> {
		for (const worker of this.#workers) worker.ref();
		while (this.#working.size > 0) {
			const seen = this.#arena.doneCount;
			this.#collect();
			if (this.#working.size === 0 || !SlotArena.canWait) break;
			await this.#arena.finished(seen);
		}
	}

	#collect(): void {
		for (const [slot, job] of this.#working) {
			const state = this.#arena.state(slot);
			if (state === SlotState.FREE || state === SlotState.FILLED) continue;
			this.#working.delete(slot);
			this.#settle(slot, state, job);
			this.#release(slot);
		}
		if (this.#working.size === 0) for (const worker of this.#workers) worker.unref();
	}

	#settle(slot: number, state: number, job: WorkingJob): void {
		const size = this.#arena.size(slot);
		const bytes = this.#arena.bytes(slot, Math.abs(size));
		if (state !== SlotState.DONE) {
			// Text decoders refuse shared memory, so the message is copied.
			job.reject(this.#failure(state, Buffer.from(bytes).toString()));
			return;
		}
		try {
			job.finish({ bytes, size });
		} catch (error) {
			job.reject(error);
		}
	}

	#failure(state: number, message: string): Error {
		return state === SlotState.UNREAD ? new UnreadableStretch(message) : this.#workerError(message);
	}

	#workerError(cause: unknown): CodecError {
		return new CodecError("ERR_CODEC_WORKER", `${this.#plan.subject}: ${cause}`, { cause });
	}

	/** Rejects everything that waits. The first reason counts. */
	#end(reason: unknown): void {
		if (this.#ended) return;
		this.#ended = { reason };
		this.#plan.signal?.removeEventListener("abort", this.#onAbort);
		for (const job of this.#working.values()) job.reject(reason);
		this.#working.clear();
		this.#serve();
		this.#arena.wake();
		for (const worker of this.#workers) void worker.terminate();
	}
}

/** Copies a result, for callers that keep it. */
function copyResult({ bytes, size }: WorkResult): WorkResult {
	return { bytes: bytes.slice(), size };
}
