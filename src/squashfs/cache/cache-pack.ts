import { join } from "node:path";
import type { CompressedBlock } from "../../codec/index.js";
import type { CacheKey } from "../../ground/store/index.js";
import { PackReader } from "./block-pack.js";
import type { BlockKey } from "./block-store.js";

/** A pack of the directory, opened at its first use. It stays readable when another process removes it. */
export class CachePack {
	readonly name: string;
	readonly #path: string;
	readonly #size: number;
	readonly #key: CacheKey;
	/** Null if it cannot be read. */
	#reader: PackReader | undefined | null;
	readonly #used = new Map<BlockKey, number>();
	#damaged = false;
	#foreign = false;

	constructor(directory: string, name: string, size: number, key: CacheKey) {
		this.name = name;
		this.#path = join(directory, name);
		this.#size = size;
		this.#key = key;
	}

	get isDamaged(): boolean {
		return this.#damaged;
	}

	/** Returns whether it was made with another key; known once it was opened. */
	get isForeign(): boolean {
		return this.#foreign;
	}

	/** Keys of the blocks that were found. */
	get used(): Iterable<BlockKey> {
		return this.#used.keys();
	}

	/** Share of the bytes in blocks that were found. */
	get usefulShare(): number {
		return [...this.#used.values()].reduce((sum, size) => sum + size, 0) / this.#size;
	}

	find(key: BlockKey, memory?: Uint8Array | undefined): CompressedBlock | undefined {
		this.#reader ??= this.#reader === null ? null : this.#open();
		if (!this.#reader?.has(key)) return undefined;
		const block = this.#reader.find(key, memory);
		if (block) this.#used.set(key, block.bytes.length);
		else this.#damaged = true;
		return block;
	}

	close(): void {
		this.#reader?.close();
		this.#reader = null;
	}

	#open(): PackReader | null {
		try {
			const reader = PackReader.open(this.#path, this.#key);
			this.#damaged = reader === "damaged";
			this.#foreign = reader === "foreign";
			return typeof reader === "string" ? null : reader;
		} catch {
			// Another process removed it meanwhile, or this user must not read it.
			return null;
		}
	}
}
