/** Lets a bounded number of jobs run at a time, in the order they came. */
export class Semaphore {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	constructor(count: number) {
		if (!(count >= 1)) throw new RangeError(`semaphore: expected a count of 1 or more, got ${count}`);
		this.#free = count;
	}

	async run<T>(job: () => Promise<T>): Promise<T> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		try {
			return await job();
		} finally {
			const next = this.#waiting.shift();
			if (next) next();
			else this.#free++;
		}
	}
}
