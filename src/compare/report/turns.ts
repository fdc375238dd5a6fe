import { setImmediate as nextTurn } from "node:timers/promises";

/** Bytes that are processed in one turn, which takes 1 to 3 ms. */
const TURN_BYTES = 1 << 20;

/** Lets other tasks run while many bytes are processed, such as those that wait for threads to expand blocks. */
export class Turns {
	#left = TURN_BYTES;

	/** Counts `bytes` more. @returns whether the turn is over. */
	isOver(bytes: number): boolean {
		this.#left -= bytes;
		return this.#left <= 0;
	}

	/** Lets other tasks run, and begins the next turn. */
	async next(): Promise<void> {
		this.#left = TURN_BYTES;
		await nextTurn();
	}
}
