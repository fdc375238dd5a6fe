/** The values that were asked for last, up to a number of them. */
export class RecentValues<K, V> {
	readonly #limit: number;
	readonly #values: Map<K, V> = new Map();
	/** The value that was asked for last: often it is asked for again at once. */
	#last: { readonly key: K; readonly value: V } | undefined;

	constructor(limit: number) {
		this.#limit = limit;
	}

	/** The value of `key`, made by `make` unless it is still there. */
	get(key: K, make: () => V): V {
		if (this.#last !== undefined && this.#last.key === key) return this.#last.value;
		const known = this.#values.get(key);
		const value = known ?? make();
		this.#values.delete(key);
		this.#values.set(key, value);
		if (this.#values.size > this.#limit) this.#values.delete(this.#values.keys().next().value!);
		this.#last = { key, value };
		return value;
	}
}
