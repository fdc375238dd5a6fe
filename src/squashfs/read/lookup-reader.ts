import { damaged, type ImageSource, METADATA_BLOCK_SIZE, readU64 } from "../format/index.js";
import { MetadataReader } from "./metadata-reader.js";
import { RecentValues } from "./recent-values.js";

/** Blocks to keep: 8 MiB. */
const CACHED_BLOCKS = 1024;
/** How often each block may be expanded on average. */
const MOST_READS = 64;

/** Reads a lookup table entry by entry. */
export class LookupReader {
	readonly #source: ImageSource;
	readonly #blocks: RecentValues<number, MetadataReader> = new RecentValues(CACHED_BLOCKS);
	readonly #start: number;
	readonly #count: number;
	readonly #entrySize: number;
	readonly #what: string;
	#reads = 0;

	/** @param start position of the list of blocks in the image. */
	constructor(source: ImageSource, start: number, count: number, entrySize: number, what: string) {
		this.#source = source;
		this.#start = start;
		this.#count = count;
		this.#entrySize = entrySize;
		this.#what = what;
	}

	/** Returns the bytes of entry `index`. */
	entry(index: number): Buffer {
		if (index >= this.#count) {
			throw damaged(this.#what, `expected an index below ${this.#count}, got ${index}`);
		}
		const at = index * this.#entrySize;
		const number = Math.floor(at / METADATA_BLOCK_SIZE);
		const block = this.#blocks.get(number, () => this.#block(number));
		return block.cursor({ block: 0, offset: at % METADATA_BLOCK_SIZE }).bytes(this.#entrySize);
	}

	#block(number: number): MetadataReader {
		const blocks = Math.ceil((this.#count * this.#entrySize) / METADATA_BLOCK_SIZE);
		if (++this.#reads > MOST_READS * (CACHED_BLOCKS + blocks)) {
			throw damaged(this.#what, `expected its blocks to be read ${MOST_READS} times at most, got more`);
		}
		const listed = this.#source.read(this.#start + 8 * number, 8, this.#what);
		const start = readU64(listed, 0, this.#what);
		return new MetadataReader(this.#source, start, this.#source.size, this.#what);
	}
}
