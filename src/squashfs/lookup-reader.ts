import { damaged, type ImageSource, readU64 } from "./image-source.js";
import { MetadataReader } from "./metadata-reader.js";
import { METADATA_BLOCK_SIZE } from "./metadata-writer.js";
import { RecentValues } from "./recent-values.js";

const CACHED_POSITIONS = 64;

/** Reads a lookup table entry by entry. */
export class LookupReader {
	readonly #source: ImageSource;
	readonly #blocks: MetadataReader;
	readonly #start: number;
	readonly #count: number;
	readonly #entrySize: number;
	readonly #what: string;
	readonly #positions: RecentValues<number, number> = new RecentValues(CACHED_POSITIONS);

	/** @param start image position of the list of blocks. */
	constructor(source: ImageSource, start: number, count: number, entrySize: number, what: string) {
		this.#source = source;
		this.#blocks = new MetadataReader(source, 0, source.size, what);
		this.#start = start;
		this.#count = count;
		this.#entrySize = entrySize;
		this.#what = what;
	}

	/** The bytes of entry `index`. */
	entry(index: number): Buffer {
		if (index >= this.#count) {
			throw damaged(this.#what, `expected an index below ${this.#count}, got ${index}`);
		}
		const at = index * this.#entrySize;
		const number = Math.floor(at / METADATA_BLOCK_SIZE);
		const block = this.#positions.get(number, () => this.#position(number));
		return this.#blocks.cursor({ block, offset: at % METADATA_BLOCK_SIZE }).bytes(this.#entrySize);
	}

	#position(number: number): number {
		return readU64(this.#source.read(this.#start + 8 * number, 8, this.#what), 0, this.#what);
	}
}
