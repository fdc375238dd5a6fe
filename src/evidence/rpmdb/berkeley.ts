import type { Content } from "../../ground/bytes/index.js";
import { type BerkeleyPage, BerkeleyPages } from "./berkeley-pages.js";
import { RpmDatabaseFault } from "./errors.js";

/** Kinds of pages with packages; the first is that of versions before 4.6. */
const HASH_PAGES: readonly number[] = [2, 13];
const OVERFLOW_PAGE = 7;
/** Kinds of items in a page. */
const INLINE = 1;
const OFF_PAGE = 3;
/** Bytes of an item on other pages: its kind, three bytes of padding, its first page and its size. */
const OFF_PAGE_SIZE = 12;
/** Bytes of the number of a package. */
const NUMBER_SIZE = 4;
/** Most bytes of one header. */
const HEADER_LIMIT = 1 << 26;

/**
 * Reads the headers of a database in Berkeley DB format, `Packages`: a hash from package numbers to headers, most
 * of which are on chains of overflow pages (libdb's dbinc/db_page.h).
 * @throws RpmDatabaseFault if the database is damaged.
 */
export function* readBerkeleyHeaders(database: Content): Generator<Buffer> {
	const pages = new BerkeleyPages(database);
	let count = 0;
	for (let number = 1; number <= pages.last; number++) {
		const page = pages.page(number);
		if (!HASH_PAGES.includes(page.kind)) continue;
		const items = readItems(page);
		for (let at = 0; at < items.length; at += 2) {
			const value = items[at + 1];
			if (value === undefined) throw new RpmDatabaseFault(`page ${number}: expected pairs of items`);
			count++;
			if (!isNextNumber(items[at]!, value)) yield readValue(pages, page, value);
		}
	}
	if (count !== pages.count) throw new RpmDatabaseFault(`expected ${pages.count} keys, got ${count}`);
}

/**
 * Returns the items of a page. They lie from its end to its beginning, so that each ends where the one before
 * begins.
 */
function readItems(page: BerkeleyPage): Buffer[] {
	let end = page.bytes.length;
	return page.offsets().map((offset) => {
		if (offset >= end) throw new RpmDatabaseFault(`page ${page.number}: its items overlap`);
		const item = page.bytes.subarray(offset, end);
		end = offset;
		return item;
	});
}

/** Returns whether a key is the number 0, whose value is the next free number and not a package. */
function isNextNumber(key: Buffer, value: Buffer): boolean {
	const isInline = [key, value].every((item) => item.length === 1 + NUMBER_SIZE && item[0] === INLINE);
	return isInline && key.readUInt32LE(1) === 0;
}

function readValue(pages: BerkeleyPages, page: BerkeleyPage, item: Buffer): Buffer {
	if (item[0] === INLINE) return item.subarray(1);
	if (item[0] !== OFF_PAGE || item.length < OFF_PAGE_SIZE) {
		throw new RpmDatabaseFault(`page ${page.number}: expected a header, got an item of kind ${item[0]}`);
	}
	const size = page.word(item, 8);
	if (size > HEADER_LIMIT || size > pages.size * pages.last) {
		throw new RpmDatabaseFault(`expected a header of at most ${HEADER_LIMIT} bytes, got ${size}`);
	}
	return readChain(pages, page.word(item, 4), size);
}

function readChain(pages: BerkeleyPages, first: number, size: number): Buffer {
	const header = Buffer.alloc(size);
	let next = first;
	for (let done = 0; done < size; ) {
		const page = pages.overflowPage(next);
		if (page.kind !== OVERFLOW_PAGE || page.used === 0) {
			throw new RpmDatabaseFault(`page ${next}: expected a part of a header, got kind ${page.kind}`);
		}
		const part = page.body();
		done += part.length;
		next = page.next;
		if (done > size || (done === size) !== (next === 0)) {
			throw new RpmDatabaseFault(`page ${page.number}: a header ends elsewhere than its pages`);
		}
		header.set(part, done - part.length);
	}
	return header;
}
