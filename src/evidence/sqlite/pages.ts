import type { Content } from "../../ground/bytes/index.js";
import { SqliteFault } from "./errors.js";
import { readCommittedFrames } from "./write-ahead-log.js";

const MAGIC = "SQLite format 3\0";
const HEADER_SIZE = 100;
const RECENT_PAGES = 64;
/**
 * Spare fetches. A sound database needs one for each page, and page 1 is fetched for its header and for its
 * table.
 */
const SPARE_FETCHES = 16;

/** The pages of a database in their newest versions (https://www.sqlite.org/fileformat2.html, parts 1.2 and 4). */
export class Pages {
	/** Bytes of a page: a power of two, 512..65536. */
	readonly size: number;
	/** Bytes of a page for cells. */
	readonly usable: number;
	/** Number of pages. Page numbers begin with 1. */
	readonly count: number;
	readonly #database: Content;
	readonly #newer: ReadonlyMap<number, Uint8Array>;
	readonly #recent: Map<number, Buffer> = new Map();
	#fetched = 0;

	/**
	 * @param log the write-ahead log beside the database, if there is one.
	 * @throws SqliteFault if this is not a database, or its text encoding is not UTF-8.
	 */
	constructor(database: Content, log: Content | undefined) {
		if (database.size < HEADER_SIZE) throw new SqliteFault("expected a SQLite database, got an empty file");
		const header = Buffer.alloc(HEADER_SIZE);
		database.read(header, 0);
		if (header.toString("latin1", 0, 16) !== MAGIC) throw new SqliteFault("expected a SQLite database");
		const size = header.readUInt16BE(16);
		this.size = size === 1 ? 65536 : size;
		if (this.size < 512 || (this.size & (this.size - 1)) !== 0) {
			throw new SqliteFault(`expected pages of 512..65536 bytes, got ${size}`);
		}
		this.usable = this.size - header[20]!;
		if (this.usable < 480) throw new SqliteFault(`expected at least 480 bytes of a page, got ${this.usable}`);
		const encoding = header.readUInt32BE(56);
		if (encoding > 1) throw new SqliteFault(`expected text in UTF-8, got encoding ${encoding}`);
		this.#database = database;
		this.#newer = log === undefined || log.size === 0 ? new Map() : readCommittedFrames(log, this.size);
		this.count = Math.max(Math.floor(database.size / this.size), ...this.#newer.keys());
	}

	/** Returns a page. @throws SqliteFault if it does not exist, or after too many fetches. */
	page(number: number): Buffer {
		if (number < 1 || number > this.count) {
			throw new SqliteFault(`expected a page from 1 to ${this.count}, got ${number}`);
		}
		if (++this.#fetched > this.count + SPARE_FETCHES) throw new SqliteFault("its pages form a loop");
		const known = this.#newer.get(number) ?? this.#recent.get(number);
		if (known !== undefined) return Buffer.from(known.buffer, known.byteOffset, known.byteLength);
		const page = Buffer.alloc(this.size);
		const position = (number - 1) * this.size;
		if (position + this.size > this.#database.size) throw new SqliteFault(`page ${number} is missing`);
		this.#database.read(page, position);
		if (this.#recent.size >= RECENT_PAGES) this.#recent.delete(this.#recent.keys().next().value!);
		this.#recent.set(number, page);
		return page;
	}
}
