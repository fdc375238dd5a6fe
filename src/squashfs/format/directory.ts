import { Fields } from "./fields.js";
import type { DirectoryIndexEntry } from "./inode.js";
import { METADATA_BLOCK_SIZE, type MetadataPosition, type MetadataWriter } from "./metadata-writer.js";

export const RUN_HEADER_SIZE = 12;
export const ENTRY_SIZE = 8;
export const RUN_LIMIT = 256;

export interface DirectoryEntry {
	/** Name of 1..255 bytes. */
	readonly name: Uint8Array;
	/** Place of the inode in the inode table. */
	readonly inode: MetadataPosition;
	readonly number: number;
	/** Basic inode type, even for extended inodes. */
	readonly type: number;
}

/** Entries with a common header: their inodes are in one metadata block, and their numbers near the first one's. */
export interface DirectoryRun {
	readonly entries: DirectoryEntry[];
	/** Offset of the header in the listing. */
	readonly offset: number;
	/** Whether a reader may start here, at the start or 8 KiB after the last such place. */
	readonly indexed: boolean;
}

/** A listing in the directory table. */
export interface StoredListing {
	readonly listing: MetadataPosition;
	/** Size in bytes. */
	readonly size: number;
	readonly index: readonly DirectoryIndexEntry[];
}

/** Appends the listing of a directory, whose entries are sorted by the bytes of their names. */
export function writeListing(entries: readonly DirectoryEntry[], table: MetadataWriter): StoredListing {
	const listing = table.position;
	const index: DirectoryIndexEntry[] = [];
	let size = 0;
	for (const run of directoryRuns(entries)) {
		if (run.indexed) {
			index.push({ offset: run.offset, block: table.position.block, name: run.entries[0]!.name });
		}
		const bytes = encodeRun(run.entries);
		table.append(bytes);
		size += bytes.length;
	}
	return { listing, size, index };
}

/** Groups entries under headers. */
export function directoryRuns(entries: readonly DirectoryEntry[]): readonly DirectoryRun[] {
	const runs: DirectoryRun[] = [];
	let size = 0;
	let indexed = 0;
	for (const entry of entries) {
		const need = ENTRY_SIZE + entry.name.length;
		const full = size + need + RUN_HEADER_SIZE - indexed > METADATA_BLOCK_SIZE;
		const run = runs.at(-1);
		if (run && !full && joins(entry, run.entries)) {
			run.entries.push(entry);
		} else {
			runs.push({ entries: [entry], offset: size, indexed: full });
			if (full) indexed = size;
			size += RUN_HEADER_SIZE;
		}
		size += need;
	}
	return runs;
}

function joins(entry: DirectoryEntry, run: readonly DirectoryEntry[]): boolean {
	const first = run[0]!;
	const delta = entry.number - first.number;
	return (
		run.length < RUN_LIMIT && entry.inode.block === first.inode.block && delta >= -0x8000 && delta <= 0x7fff
	);
}

function encodeRun(entries: readonly DirectoryEntry[]): Buffer {
	const first = entries[0]!;
	const fields = new Fields(METADATA_BLOCK_SIZE);
	fields
		.u32(entries.length - 1)
		.u32(first.inode.block)
		.u32(first.number);
	for (const { name, inode, number, type } of entries) {
		fields
			.u16(inode.offset)
			.i16(number - first.number)
			.u16(type)
			.u16(name.length - 1)
			.append(name);
	}
	return fields.bytes();
}
