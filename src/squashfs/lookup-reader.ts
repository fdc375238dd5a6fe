import { damaged, type ImageSource, readU64 } from "./image-source.js";
import { MetadataReader } from "./metadata-reader.js";
import { METADATA_BLOCK_SIZE } from "./metadata-writer.js";

/** Reads a lookup table entry by entry. */
export class LookupReader {
	readonly #source: ImageSource;
	readonly #blocks: MetadataReader;
	readonly #start: number;
	readonly #count: number;
	readonly #entrySize: number;
	readonly #what: string;

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
		const listed = this.#start + 8 * Math.floor(at / METADATA_BLOCK_SIZE);
		const block = readU64(this.#source.read(listed, 8, this.#what), 0, this.#what);
		return this.#blocks.cursor({ block, offset: at % METADATA_BLOCK_SIZE }).bytes(this.#entrySize);
	}
}
