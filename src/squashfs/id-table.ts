import { SquashfsError } from "./errors.js";
import { Fields } from "./fields.js";

export const ID_ENTRY_SIZE = 4;
const ID_LIMIT = 65_535;

/** Distinct uids and gids together, in the order of their first use. */
export class IdTable {
	readonly #indexes: Map<number, number> = new Map();

	get size(): number {
		return this.#indexes.size;
	}

	/** @throws SquashfsError ERR_SQUASHFS_LIMIT at the 65,536th id. */
	index(id: number): number {
		const known = this.#indexes.get(id);
		if (known !== undefined) return known;
		const index = this.#indexes.size;
		if (index === ID_LIMIT) {
			throw new SquashfsError(
				"ERR_SQUASHFS_LIMIT",
				`id ${id}: store: expected at most ${ID_LIMIT} different uids and gids`,
			);
		}
		this.#indexes.set(id, index);
		return index;
	}

	encode(): Uint8Array {
		const fields = new Fields(this.size * ID_ENTRY_SIZE);
		return fields.words([...this.#indexes.keys()]).bytes();
	}
}
