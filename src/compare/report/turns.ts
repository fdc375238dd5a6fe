import { setImmediate as nextTurn } from "node:timers/promises";

/** Bytes that are looked at in one turn: 1 to 3 ms. */
const TURN_BYTES = 1 << 20;

/** Gives way to others, such as threads that wait for blocks to expand, while many bytes are looked at. */
export class Turns {
	#left = TURN_BYTES;

	/** Returns whether it is time to give way, after `bytes` more. */
	isOver(bytes: number): boolean {
		this.#left -= bytes;
		return this.#left <= 0;
	}

	/** Gives way. */
	async next(): Promise<void> {
		this.#left = TURN_BYTES;
		await nextTurn();
	}
}
