import type { Content } from "../../ground/bytes/index.js";
import { adler32 } from "./adler32.js";
import { RpmDatabaseFault } from "./errors.js";

const DATABASE_MAGIC = "RpmP";
const SLOT_MAGIC = "Slot";
const HEAD_MAGIC = "BlbS";
const TAIL_MAGIC = "BlbE";
/** Bytes of the database's header, which takes the place of the first two slots. */
const HEADER_SIZE = 32;
const PAGE_SIZE = 4096;
const SLOT_SIZE = 16;
/** Bytes of a block, the unit of positions and sizes of blobs. */
const BLOCK_SIZE = 16;
const HEAD_SIZE = 16;
const TAIL_SIZE = 12;
const ZEROS = Buffer.alloc(PAGE_SIZE);

interface Slot {
	/** Number of the package, which its blob repeats. */
	readonly number: number;
	readonly position: number;
	readonly size: number;
}

/**
 * Reads the headers of a database in rpm's own format, `Packages.db`: pages of slots, and blobs that they point
 * to, all little-endian (rpm's lib/backend/ndb/rpmpkg.c).
 * @throws RpmDatabaseFault if the database is damaged.
 */
export function* readNdbHeaders(database: Content): Generator<Buffer> {
	const pages = countSlotPages(database);
	const slots = [...readSlots(database, pages)].sort((one, other) => one.position - other.position);
	let end = pages * PAGE_SIZE;
	for (const slot of slots) {
		if (slot.position < end) throw new RpmDatabaseFault("its packages overlap");
		expectZeros(database, end, slot.position);
		yield readBlob(database, slot);
		end = slot.position + slot.size;
	}
	expectZeros(database, end, database.size);
}

function countSlotPages(database: Content): number {
	const header = readPart(database, 0, HEADER_SIZE);
	if (magicAt(header, 0) !== DATABASE_MAGIC) throw new RpmDatabaseFault("expected a database of rpm");
	const version = header.readUInt32LE(4);
	if (version !== 0) throw new RpmDatabaseFault(`expected version 0 of an rpm database, got ${version}`);
	return header.readUInt32LE(12);
}

function* readSlots(database: Content, pages: number): Generator<Slot> {
	for (let page = 0; page < pages; page++) {
		const slots = readPart(database, page * PAGE_SIZE, PAGE_SIZE);
		for (let at = page === 0 ? HEADER_SIZE : 0; at < PAGE_SIZE; at += SLOT_SIZE) {
			if (magicAt(slots, at) !== SLOT_MAGIC) throw new RpmDatabaseFault("expected a slot of an rpm database");
			const number = slots.readUInt32LE(at + 4);
			const position = BLOCK_SIZE * slots.readUInt32LE(at + 8);
			if (number > 0) yield { number, position, size: BLOCK_SIZE * slots.readUInt32LE(at + 12) };
		}
	}
}

/** Checks that unused bytes are zero, as rpm zeroes what it removes. Anything else is a package without a slot. */
function expectZeros(database: Content, from: number, to: number): void {
	for (let at = from; at < to; at += PAGE_SIZE) {
		const part = readPart(database, at, Math.min(PAGE_SIZE, to - at));
		if (!part.equals(ZEROS.subarray(0, part.length))) {
			throw new RpmDatabaseFault("it has bytes that belong to no package");
		}
	}
}

/** Reads a blob: a head, the header, zeros up to a whole number of blocks, and a tail with a checksum. */
function readBlob(database: Content, { number, position, size }: Slot): Buffer {
	const subject = `package ${number} of an rpm database`;
	if (size < HEAD_SIZE + TAIL_SIZE)
		throw new RpmDatabaseFault(`${subject}: expected more than ${size} bytes`);
	const blob = readPart(database, position, size);
	const tail = size - TAIL_SIZE;
	const length = blob.readUInt32LE(12);
	const isWhole =
		magicAt(blob, 0) === HEAD_MAGIC &&
		blob.readUInt32LE(4) === number &&
		length <= tail - HEAD_SIZE &&
		blob.readUInt32LE(tail + 4) === length &&
		magicAt(blob, tail + 8) === TAIL_MAGIC;
	if (!isWhole) throw new RpmDatabaseFault(`${subject}: expected a header with its number and length`);
	const sum = adler32(blob.subarray(0, tail));
	if (sum !== blob.readUInt32LE(tail)) throw new RpmDatabaseFault(`${subject}: its checksum is wrong`);
	return blob.subarray(HEAD_SIZE, HEAD_SIZE + length);
}

function magicAt(bytes: Buffer, at: number): string {
	return bytes.toString("latin1", at, at + 4);
}

function readPart(database: Content, position: number, size: number): Buffer {
	if (position + size > database.size) {
		throw new RpmDatabaseFault(`expected at least ${position + size} bytes, got ${database.size}`);
	}
	const bytes = Buffer.alloc(size);
	database.read(bytes, position);
	return bytes;
}
