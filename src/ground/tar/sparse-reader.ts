import { byteString } from "../bytes/index.js";
import type { ChunkReader } from "./chunk-reader.js";
import type { Extent } from "./entry.js";
import { TarFault } from "./errors.js";
import { BLOCK_SIZE } from "./header.js";
import type { PaxRecords } from "./pax.js";
import { checkExtents, decodeSparseRecords, OldSparseMap, paxSparseForm, SparseMapText } from "./sparse.js";

/** A file's data as the archive has it, and as a reader sees it. */
export interface FileLayout {
	/** Bytes of the file. */
	readonly size: number;
	/** Bytes that follow in the archive. */
	readonly stored: number;
	/** How many of them are data; bsdtar has been seen to leave some that no extent claims. */
	readonly used: number;
	/** Where they belong in a sparse file. */
	readonly extents?: readonly Extent[] | undefined;
}

/**
 * Reads the sparse map of a file entry, if it has one; the source stands after the header.
 *
 * @param old the header block when the entry is of GNU's old sparse type.
 * @param stored bytes that follow the header, for form 1.0 with the map.
 * @param maximum most bytes of a map.
 * @throws TarFault
 */
export async function readFileLayout(
	source: ChunkReader,
	old: Uint8Array | undefined,
	records: PaxRecords,
	stored: number,
	maximum: number,
): Promise<FileLayout> {
	if (old !== undefined) return await readOldMap(source, old, stored, maximum);
	const form = paxSparseForm(records);
	if (form === "none") return { size: stored, stored, used: stored };
	if (form === "map in body") return await readMapText(source, records, stored, maximum);
	const map = decodeSparseRecords(records);
	return { size: map.size, stored, ...checkExtents(map, stored) };
}

async function readOldMap(
	source: ChunkReader,
	header: Uint8Array,
	stored: number,
	maximum: number,
): Promise<FileLayout> {
	const map = new OldSparseMap(header);
	for (let read = BLOCK_SIZE; map.more; read += BLOCK_SIZE)
		map.extend(await takeBlock(source, read, maximum));
	return { size: map.size, stored, ...checkExtents(map, stored) };
}

async function readMapText(
	source: ChunkReader,
	records: PaxRecords,
	stored: number,
	maximum: number,
): Promise<FileLayout> {
	const text = new SparseMapText();
	const most = Math.min(stored, maximum);
	let read = 0;
	do {
		read += BLOCK_SIZE;
	} while (!text.append(byteString(await takeBlock(source, read, most))));
	const map = text.decode(records);
	return { size: map.size, stored: stored - read, ...checkExtents(map, stored - read) };
}

/** The next block of a map, which then has `read` bytes. */
async function takeBlock(source: ChunkReader, read: number, maximum: number): Promise<Uint8Array> {
	if (read > maximum) throw new TarFault("ERR_TAR_SPARSE", `sparse map: longer than ${maximum} bytes`);
	const block = await source.take(BLOCK_SIZE);
	if (block.length === BLOCK_SIZE) return block;
	throw new TarFault("ERR_TAR_TRUNCATED", "stream ends in a sparse map");
}
