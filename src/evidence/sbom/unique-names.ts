/** Makes names of a document unique: the second of two equal names gets a separator and a 2, and so on. */
export class UniqueNames {
	readonly #separator: string;
	readonly #taken: Set<string> = new Set();
	/** The number that the last copy of each wanted name got, because thousands may want the same name. */
	readonly #copies: Map<string, number> = new Map();

	constructor(separator: string) {
		this.#separator = separator;
	}

	/** Returns a unique name: the wanted one if it is free. */
	next(wanted: string): string {
		let copy = this.#copies.get(wanted) ?? 1;
		let name = copy === 1 ? wanted : this.#numbered(wanted, copy);
		while (this.#taken.has(name)) name = this.#numbered(wanted, ++copy);
		this.#copies.set(wanted, copy);
		this.#taken.add(name);
		return name;
	}

	#numbered(wanted: string, copy: number): string {
		return `${wanted}${this.#separator}${copy}`;
	}
}
