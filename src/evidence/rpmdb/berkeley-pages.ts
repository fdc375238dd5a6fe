import type { Content } from "../../ground/bytes/index.js";
import { RpmDatabaseFault } from "./errors.js";

const HASH_MAGIC = 0x061561;
const UNUSED_PAGE = 0;
const HASH_META_PAGE = 8;
const META_SIZE = 92;
const PAGE_HEADER_SIZE = 26;

/** A page of a Berkeley DB: a header of 26 bytes, then the offsets of its items, or a part of a long item. */
export class BerkeleyPage {
	readonly number: number;
	readonly bytes: Buffer;
	readonly #littleEndian: boolean;

	constructor(number: number, bytes: Buffer, littleEndian: boolean) {
		this.number = number;
		this.bytes = bytes;
		this.#littleEndian = littleEndian;
	}

	get kind(): number {
		return this.bytes[25]!;
	}

	/** The page number stored in the page, which is 0 if nothing was ever written to it. */
	get stated(): number {
		return this.word(this.bytes, 8);
	}

	/** The next page of a chain; 0 at the end. */
	get next(): number {
		return this.word(this.bytes, 16);
	}

	/** Bytes of data in an overflow page. */
	get used(): number {
		return this.#half(22);
	}

	/** Returns the data of an overflow page. @throws RpmDatabaseFault if it does not fit in the page. */
	body(): Buffer {
		if (PAGE_HEADER_SIZE + this.used > this.bytes.length) {
			throw new RpmDatabaseFault(`page ${this.number}: it holds more than fits`);
		}
		return this.bytes.subarray(PAGE_HEADER_SIZE, PAGE_HEADER_SIZE + this.used);
	}

	/** Returns the offsets of the items of a hash page. @throws RpmDatabaseFault if there are more than fit. */
	offsets(): number[] {
		const count = this.#half(20);
		if (PAGE_HEADER_SIZE + 2 * count > this.bytes.length) {
			throw new RpmDatabaseFault(`page ${this.number}: its items go beyond it`);
		}
		const least = PAGE_HEADER_SIZE + 2 * count;
		return Array.from({ length: count }, (_, at) => {
			const offset = this.#half(PAGE_HEADER_SIZE + 2 * at);
			if (offset < least)
				throw new RpmDatabaseFault(`page ${this.number}: an item lies in its list of items`);
			return offset;
		});
	}

	/** Returns a 32-bit number in the byte order of the database. */
	word(bytes: Buffer, at: number): number {
		return this.#littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
	}

	#half(at: number): number {
		return this.#littleEndian ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
	}
}

/** The pages of a Berkeley DB of the hash kind. */
export class BerkeleyPages {
	/** Bytes of a page: a power of two, 512..65536. */
	readonly size: number;
	/** The number of the last page. Page 0 describes the database. */
	readonly last: number;
	/** Number of keys in the database. */
	readonly count: number;
	readonly #database: Content;
	readonly #littleEndian: boolean;
	#chained = 0;

	/** @throws RpmDatabaseFault if this is not a database, or an encrypted one. */
	constructor(database: Content) {
		if (database.size < META_SIZE) throw new RpmDatabaseFault("expected a Berkeley DB, got too few bytes");
		const bytes = Buffer.alloc(META_SIZE);
		database.read(bytes, 0);
		this.#littleEndian = bytes.readUInt32LE(12) === HASH_MAGIC;
		if (!this.#littleEndian && bytes.readUInt32BE(12) !== HASH_MAGIC) {
			throw new RpmDatabaseFault("expected a Berkeley DB of the kind hash");
		}
		const meta = new BerkeleyPage(0, bytes, this.#littleEndian);
		if (meta.kind !== HASH_META_PAGE || bytes[24] !== 0) {
			throw new RpmDatabaseFault("expected a Berkeley DB that is not encrypted");
		}
		this.#database = database;
		this.size = meta.word(bytes, 20);
		this.last = meta.word(bytes, 32);
		this.count = meta.word(bytes, 88);
		if (this.size < 512 || this.size > 65536 || (this.size & (this.size - 1)) !== 0) {
			throw new RpmDatabaseFault(`expected pages of 512..65536 bytes, got ${this.size}`);
		}
		if (database.size % this.size !== 0)
			throw new RpmDatabaseFault("expected whole pages, got a part of one");
	}

	/** Returns a page. @throws RpmDatabaseFault if it does not exist. */
	page(number: number): BerkeleyPage {
		const position = number * this.size;
		if (number === 0 || number > this.last || position + this.size > this.#database.size) {
			throw new RpmDatabaseFault(`page ${number} is missing`);
		}
		const bytes = Buffer.alloc(this.size);
		this.#database.read(bytes, position);
		const page = new BerkeleyPage(number, bytes, this.#littleEndian);
		if (page.kind !== UNUSED_PAGE && page.stated !== number) {
			throw new RpmDatabaseFault(`page ${number}: expected its number, got ${page.stated}`);
		}
		return page;
	}

	/** Returns a page of a chain. @throws RpmDatabaseFault after more pages than the database has. */
	overflowPage(number: number): BerkeleyPage {
		if (++this.#chained > this.last) throw new RpmDatabaseFault("its pages form a loop");
		return this.page(number);
	}
}
