/** Lets a number of holders through at a time, the others in the order they came. */
export class Limiter {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	constructor(places: number) {
		this.#free = places;
	}

	/** Waits for a place. @returns what gives it back; calling that twice does no harm. */
	async acquire(): Promise<() => void> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		let held = true;
		return () => {
			if (held) this.#release();
			held = false;
		};
	}

	#release(): void {
		const next = this.#waiting.shift();
		if (next === undefined) this.#free++;
		else next();
	}
}
