/** Where a slot stands. Main moves FREE → FILLED, a worker FILLED → DONE or FAILED, main back to FREE. */
export const SlotState = { FREE: 0, FILLED: 1, DONE: 2, FAILED: 3 } as const;

/** Counters at the head of the control words; they wrap at 2^32. */
const FILLED = 0;
const TAKEN = 1;
const DONE = 2;
const QUEUE = 3;
/** Words per slot: state, length of the block, stored size (0: raw). */
const SLOT_WORDS = 3;

/** The two shared buffers of an arena, as they travel to a worker. */
export interface SlotArenaBuffers {
	readonly blockSize: number;
	readonly control: SharedArrayBuffer;
	readonly data: SharedArrayBuffer;
}

/**
 * Slots of one block each in shared memory, and a queue of filled ones. One thread fills and
 * collects (main), any number take. The result lies in the slot of its block: it is never longer.
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

	/** The bytes of a slot. */
	bytes(slot: number, length: number = this.buffers.blockSize): Uint8Array {
		return new Uint8Array(this.buffers.data, slot * this.buffers.blockSize, length);
	}

	/** Queues a slot for the workers. Main only. */
	fill(slot: number, length: number): void {
		const filled = Atomics.load(this.#control, FILLED);
		Atomics.store(this.#control, this.#word(slot), SlotState.FILLED);
		Atomics.store(this.#control, this.#word(slot) + 1, length);
		Atomics.store(this.#control, QUEUE + ((filled >>> 0) % this.slots), slot);
		Atomics.store(this.#control, FILLED, (filled + 1) | 0);
		Atomics.notify(this.#control, FILLED, 1);
	}

	/** Waits for a filled slot and takes it. Workers only: blocks the thread. */
	take(): { slot: number; length: number } {
		for (;;) {
			const taken = Atomics.load(this.#control, TAKEN);
			const filled = Atomics.load(this.#control, FILLED);
			if (taken === filled) {
				Atomics.wait(this.#control, FILLED, filled);
				continue;
			}
			// Read before the exchange: while the ticket is not taken, its queue word cannot be reused.
			const slot = Atomics.load(this.#control, QUEUE + ((taken >>> 0) % this.slots));
			if (Atomics.compareExchange(this.#control, TAKEN, taken, (taken + 1) | 0) === taken) {
				return { slot, length: Atomics.load(this.#control, this.#word(slot) + 1) };
			}
		}
	}

	/** Hands a slot back with `size` bytes of result in it (0: the block is stored raw). */
	finish(slot: number, state: number, size: number): void {
		Atomics.store(this.#control, this.#word(slot) + 2, size);
		Atomics.store(this.#control, this.#word(slot), state);
		Atomics.add(this.#control, DONE, 1);
		Atomics.notify(this.#control, DONE);
	}

	state(slot: number): number {
		return Atomics.load(this.#control, this.#word(slot));
	}

	/** Length of the block in a slot, and size of its result. */
	result(slot: number): { length: number; size: number } {
		const word = this.#word(slot);
		return { length: Atomics.load(this.#control, word + 1), size: Atomics.load(this.#control, word + 2) };
	}

	free(slot: number): void {
		Atomics.store(this.#control, this.#word(slot), SlotState.FREE);
	}

	/** How many slots were finished so far; with `finished`, what main waits by. */
	get doneCount(): number {
		return Atomics.load(this.#control, DONE);
	}

	/** Settles once `doneCount` is no longer `seen`; needs `canWait`. */
	async finished(seen: number): Promise<void> {
		await (Atomics as WaitAsync).waitAsync?.(this.#control, DONE, seen).value;
	}

	/** Whether this thread can wait without blocking. */
	static get canWait(): boolean {
		return (Atomics as WaitAsync).waitAsync !== undefined;
	}

	/** Wakes whoever waits for `finished`. */
	wake(): void {
		Atomics.add(this.#control, DONE, 1);
		Atomics.notify(this.#control, DONE);
	}

	#word(slot: number): number {
		return QUEUE + this.slots + slot * SLOT_WORDS;
	}
}

/** ES2024; the library of this target does not declare it. */
interface WaitAsync {
	readonly waitAsync?: (
		array: Int32Array,
		index: number,
		value: number,
	) => { readonly async: boolean; readonly value: Promise<string> | string };
}
