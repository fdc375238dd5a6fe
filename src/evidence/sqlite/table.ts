import { SqliteFault } from "./errors.js";
import type { Pages } from "./pages.js";
import { decodeRecord, readVarint, type SqliteValue } from "./record.js";

const INTERIOR = 5;
const LEAF = 13;
/** Most levels of a tree. One of 2^32 pages with two children a page has fewer. */
const DEPTH_LIMIT = 32;
/** Most bytes of one row. */
const ROW_LIMIT = 1 << 26;
const HEADER_OF_PAGE_1 = 100;

/**
 * Reads the rows of a table in order of their ids (https://www.sqlite.org/fileformat2.html, part 1.6).
 * @param root the root page of the table.
 * @param columns number of columns that are used.
 */
export function* readTable(pages: Pages, root: number, columns: number, depth = 0): Generator<SqliteValue[]> {
	if (depth > DEPTH_LIMIT) throw new SqliteFault("its pages form a loop");
	const page = pages.page(root);
	const start = root === 1 ? HEADER_OF_PAGE_1 : 0;
	const kind = page[start]!;
	const cells = page.readUInt16BE(start + 3);
	const pointers = start + (kind === INTERIOR ? 12 : 8);
	if (kind !== INTERIOR && kind !== LEAF)
		throw new SqliteFault(`page ${root}: expected a table, got kind ${kind}`);
	if (pointers + 2 * cells > page.length) throw new SqliteFault(`page ${root}: its cells go beyond it`);
	// Bytes that the cells may still take. A cell is a pointer, two numbers and the beginning of the row.
	let room = page.length;
	for (let i = 0; i < cells; i++) {
		const at = page.readUInt16BE(pointers + 2 * i);
		if (at + 4 > page.length) throw new SqliteFault(`page ${root}: a cell goes beyond it`);
		if (kind === LEAF) {
			const payload = readPayload(pages, page, at);
			room -= 4 + Math.min(payload.length, localSize(pages.usable, payload.length));
			if (room < 0) throw new SqliteFault(`page ${root}: its rows overlap`);
			yield decodeRecord(payload, columns);
		}
		if (kind === INTERIOR) yield* readTable(pages, page.readUInt32BE(at), columns, depth + 1);
	}
	if (kind === INTERIOR) yield* readTable(pages, page.readUInt32BE(start + 8), columns, depth + 1);
}

/** Reads a row: the bytes in its cell, then its chain of overflow pages. */
function readPayload(pages: Pages, page: Buffer, at: number): Buffer {
	const size = readVarint(page, at);
	if (size.value > ROW_LIMIT || size.value > pages.count * pages.size) {
		throw new SqliteFault(`expected a row of at most ${ROW_LIMIT} bytes, got ${size.value}`);
	}
	const start = readVarint(page, size.end).end;
	const local = localSize(pages.usable, size.value);
	if (start + local + (local < size.value ? 4 : 0) > page.length)
		throw new SqliteFault("a row goes beyond its page");
	const payload = Buffer.alloc(size.value);
	page.copy(payload, 0, start, start + local);
	let next = local < size.value ? page.readUInt32BE(start + local) : 0;
	for (let done = local; done < size.value; ) {
		const overflow = pages.page(next);
		done += overflow.copy(payload, done, 4, Math.min(pages.usable, 4 + size.value - done));
		next = overflow.readUInt32BE(0);
	}
	return payload;
}

/** Returns how many bytes of a row are in its cell. */
function localSize(usable: number, size: number): number {
	if (size <= usable - 35) return size;
	const least = Math.floor(((usable - 12) * 32) / 255) - 23;
	const local = least + ((size - least) % (usable - 4));
	return local <= usable - 35 ? local : least;
}
