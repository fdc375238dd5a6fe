/** Lets a number of holders through at a time, the others in the order they came. */
export class Limiter {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	/** @throws RangeError for less than one place. */
	constructor(places: number) {
		if (!(places >= 1)) throw new RangeError(`limiter: expected 1 place or more, got ${places}`);
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

	/** Does a job as soon as there is a place for it. */
	async run<T>(job: () => Promise<T>): Promise<T> {
		const release = await this.acquire();
		try {
			return await job();
		} finally {
			release();
		}
	}

	#release(): void {
		const next = this.#waiting.shift();
		if (next === undefined) this.#free++;
		else next();
	}
}
