/** The most recently used values, up to a number of them. */
export class RecentValues<K, V> {
	readonly #limit: number;
	readonly #values: Map<K, V> = new Map();
	/** The last used value, which is often used again at once. */
	#last: { readonly key: K; readonly value: V } | undefined;

	constructor(limit: number) {
		this.#limit = limit;
	}

	/** Returns the value of `key`, made by `make` if it is not kept. */
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
