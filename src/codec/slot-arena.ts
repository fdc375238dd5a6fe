/**
 * State of a slot. The main thread sets FREE → FILLED, a worker FILLED → DONE, FAILED or UNREAD, and the main
 * thread FREE again.
 */
export const SlotState = { FREE: 0, FILLED: 1, DONE: 2, FAILED: 3, UNREAD: 4 } as const;

/** Counters at the beginning of the control words; they wrap at 2^32. */
const FILLED = 0;
const TAKEN = 1;
const DONE = 2;
const QUEUE = 3;
/** Words of each slot: state, size of the result, kind of the job, length of the input, argument. */
const SLOT_WORDS = 5;

/** A job for the bytes in a slot. */
export interface SlotJob {
	/** Number of the kind of job, with a meaning that callers and workers share. */
	readonly kind: number;
	/** Bytes of input in the slot. */
	readonly length: number;
	/** Another parameter: 0..2^31-1. */
	readonly argument: number;
}

export interface TakenSlot extends SlotJob {
	readonly slot: number;
}

/** The two shared buffers of an arena, in the form that is sent to a worker. */
export interface SlotArenaBuffers {
	readonly blockSize: number;
	readonly control: SharedArrayBuffer;
	readonly data: SharedArrayBuffer;
}

/**
 * Slots of one block each in shared memory, and a queue of filled ones. One thread (the main thread) fills and
 * collects, any number take. The result is never longer than the block, and takes its place in the slot.
 */
export class SlotArena {
	readonly buffers: SlotArenaBuffers;
	readonly slots: number;
	readonly #control: Int32Array;

	constructor(buffers: SlotArenaBuffers) {
		this.buffers = buffers;
		this.slots = buffers.data.byteLength / buffers.blockSize;
		this.#control = new Int32Array(buffers.control);
	}

	static create(slots: number, blockSize: number): SlotArena {
		const words = QUEUE + slots * (1 + SLOT_WORDS);
		const control = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
		return new SlotArena({ blockSize, control, data: new SharedArrayBuffer(slots * blockSize) });
	}

	/** Returns the bytes of a slot. */
	bytes(slot: number, length: number = this.buffers.blockSize): Uint8Array {
		return new Uint8Array(this.buffers.data, slot * this.buffers.blockSize, length);
	}

	/** Queues a slot for the workers. Only for the main thread. */
	fill(slot: number, { kind, length, argument }: SlotJob): void {
		const filled = Atomics.load(this.#control, FILLED);
		const word = this.#word(slot);
		Atomics.store(this.#control, word, SlotState.FILLED);
		Atomics.store(this.#control, word + 2, kind);
		Atomics.store(this.#control, word + 3, length);
		Atomics.store(this.#control, word + 4, argument);
		Atomics.store(this.#control, QUEUE + ((filled >>> 0) % this.slots), slot);
		Atomics.store(this.#control, FILLED, (filled + 1) | 0);
		Atomics.notify(this.#control, FILLED, 1);
	}

	/** Waits for a filled slot and takes it. Only for workers, as it blocks the thread. */
	take(): TakenSlot {
		for (;;) {
			const taken = Atomics.load(this.#control, TAKEN);
			const filled = Atomics.load(this.#control, FILLED);
			if (taken === filled) {
				Atomics.wait(this.#control, FILLED, filled);
				continue;
			}
			// The word must be read before the exchange: until the ticket is taken, its place in the queue cannot
			// be reused.
			const slot = Atomics.load(this.#control, QUEUE + ((taken >>> 0) % this.slots));
			if (Atomics.compareExchange(this.#control, TAKEN, taken, (taken + 1) | 0) === taken) {
				return { slot, ...this.#job(slot) };
			}
		}
	}

	/** Returns a slot with a result of `size` bytes, or with a `size` that says that there is no result. */
	finish(slot: number, state: number, size: number): void {
		Atomics.store(this.#control, this.#word(slot) + 1, size);
		Atomics.store(this.#control, this.#word(slot), state);
		Atomics.add(this.#control, DONE, 1);
		Atomics.notify(this.#control, DONE);
	}

	state(slot: number): number {
		return Atomics.load(this.#control, this.#word(slot));
	}

	/** Returns the size of the result in a finished slot. */
	size(slot: number): number {
		return Atomics.load(this.#control, this.#word(slot) + 1);
	}

	free(slot: number): void {
		Atomics.store(this.#control, this.#word(slot), SlotState.FREE);
	}

	/** Number of slots that were finished so far. With `finished`, the main thread waits for the next one. */
	get doneCount(): number {
		return Atomics.load(this.#control, DONE);
	}

	/** Settles when `doneCount` differs from `seen`; needs `canWait`. */
	async finished(seen: number): Promise<void> {
		await (Atomics as WaitAsync).waitAsync?.(this.#control, DONE, seen).value;
	}

	/** Blocks this thread until `doneCount` differs from `seen`. @returns whether it did in time. */
	wait(seen: number, milliseconds: number): boolean {
		return Atomics.wait(this.#control, DONE, seen, milliseconds) !== "timed-out";
	}

	/** Whether this thread can wait without blocking. */
	static get canWait(): boolean {
		return (Atomics as WaitAsync).waitAsync !== undefined;
	}

	/** Wakes all that wait for `finished`. */
	wake(): void {
		Atomics.add(this.#control, DONE, 1);
		Atomics.notify(this.#control, DONE);
	}

	#job(slot: number): SlotJob {
		const word = this.#word(slot);
		return {
			kind: Atomics.load(this.#control, word + 2),
			length: Atomics.load(this.#control, word + 3),
			argument: Atomics.load(this.#control, word + 4),
		};
	}

	#word(slot: number): number {
		return QUEUE + this.slots + slot * SLOT_WORDS;
	}
}

/** A function of ES2024, which the library of this target does not declare. */
interface WaitAsync {
	readonly waitAsync?: (
		array: Int32Array,
		index: number,
		value: number,
	) => { readonly async: boolean; readonly value: Promise<string> | string };
}
