import { Worker } from "node:worker_threads";
import { UnreadableStretch } from "./block-job.js";
import type { BlockWork, BlockWorkerData } from "./block-worker.js";
import { CodecError } from "./errors.js";
import { SlotArena, type SlotJob, SlotState } from "./slot-arena.js";

interface Settle<T> {
	resolve(value: T): void;
	reject(reason: unknown): void;
}

/** A job in work; `finish` sees the result while it lies in its slot. */
interface WorkingJob {
	finish(result: WorkResult): void;
	reject(reason: unknown): void;
}

/** What a worker made of what lay in a slot. */
export interface WorkResult {
	/** The result; the receiver owns it. */
	readonly bytes: Uint8Array;
	/** Its size as `SlotWork` returns it: minus that where it is the block as it is. */
	readonly size: number;
}

/** A free place for one block. */
export interface WorkSlot {
	/** blockSize bytes to fill; backed by a SharedArrayBuffer. */
	readonly input: Uint8Array;
	/**
	 * Has a worker do a job with what lies in `input`; the slot is free again once this settles.
	 * @throws CodecError ERR_CODEC_WORKER; UnreadableStretch.
	 */
	run(job: SlotJob): Promise<WorkResult>;
	/**
	 * Has a worker do a job as `run` does, and hands its result to `take` where it lies: the bytes are
	 * valid during the call alone, so that nothing is copied.
	 * @throws as `run`; what `take` throws.
	 */
	runInPlace<T>(job: SlotJob, take: (result: WorkResult) => T): Promise<T>;
	/** Gives the slot back unused. */
	release(): void;
}

interface WorkerSlotsOptions {
	readonly work: BlockWork;
	/** Bytes of a slot. */
	readonly blockSize: number;
	readonly jobs: number;
	readonly slots: number;
	readonly signal?: AbortSignal | undefined;
	/** Of errors: whose work this is, and what it is, such as `xz: compress block`. */
	readonly subject: string;
}

/**
 * Worker threads over shared slots. Blocks travel by atomics alone: workers wait on
 * the count of filled slots, this thread on the count of finished ones.
 */
export class WorkerSlots {
	readonly #plan: WorkerSlotsOptions;
	readonly #arena: SlotArena;
	readonly #workers: Worker[] = [];
	readonly #free: number[];
	readonly #waiting: Settle<WorkSlot>[] = [];
	readonly #working = new Map<number, WorkingJob>();
	readonly #onAbort = (): void => this.#end(this.#plan.signal?.reason);
	/** Why the pool takes no more blocks. */
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

	/** Ends the workers; promises still open are rejected with ERR_CODEC_CLOSED. */
	async close(): Promise<void> {
		this.#end(new CodecError("ERR_CODEC_CLOSED", `${this.#plan.subject}: pool is closed`));
		await Promise.all(this.#workers.map((worker) => worker.terminate()));
	}

	/** Gives free slots to those who wait. */
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
		const worker = new Worker(new URL("./block-worker.js", import.meta.url), { workerData, execArgv: [] });
		worker.on("message", () => this.#collect());
		worker.on("error", (cause) => this.#end(this.#workerError(cause)));
		worker.on("exit", (code) => this.#end(this.#workerError(`worker ended with code ${code}`)));
		this.#workers.push(worker);
	}

	/** Collects results while blocks are in work; only then do the workers keep the process alive. */
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
			// Text decoders refuse shared memory: the message is copied.
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

	/** Rejects everything that waits; the first reason counts. */
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

/** The result in memory of its own, for who keeps it. */
function copyResult({ bytes, size }: WorkResult): WorkResult {
	return { bytes: bytes.slice(), size };
}
