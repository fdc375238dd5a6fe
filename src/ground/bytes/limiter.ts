/** Limits how many holders there are at a time; others wait in the order of their calls. */
export class Limiter {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	/** @throws RangeError for less than one place. */
	constructor(places: number) {
		if (!(places >= 1)) throw new RangeError(`limiter: expected 1 place or more, got ${places}`);
		this.#free = places;
	}

	/** Waits for a place. @returns a function that frees the place; it may be called twice. */
	async acquire(): Promise<() => void> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		let held = true;
		return () => {
			if (held) this.#release();
			held = false;
		};
	}

	/** Runs a job as soon as there is a place for it. */
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
