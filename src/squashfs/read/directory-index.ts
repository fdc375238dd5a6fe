import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import { damaged, METADATA_BLOCK_SIZE, type MetadataPosition } from "../format/index.js";
import type { MetadataCursor } from "./metadata-reader.js";

/** Longest name in an index that kernels read. */
const NAME_LIMIT = 256;
/** Bytes of an entry before its name. */
export const INDEX_ENTRY_SIZE = 12;

/** An entry of a directory's index: the run where kernels begin to search for its name and those after it. */
export interface IndexEntry {
	/** Offset in the listing. */
	readonly offset: number;
	/** Metadata block of the directory table. */
	readonly block: number;
	readonly name: ByteString;
}

/** Yields the entries of an index as they are asked for. @throws SquashfsError ERR_SQUASHFS_FORMAT */
export function* readIndexEntries(cursor: MetadataCursor, count: number): Generator<IndexEntry> {
	for (let i = 0; i < count; i++) {
		const offset = cursor.u32();
		const block = cursor.u32();
		const length = cursor.u32() + 1;
		if (length > NAME_LIMIT) throw damaged("directory index", `expected a file name, got ${length} bytes`);
		yield { offset, block, name: cursor.name(length) };
	}
}

/** A run of a listing, and the names on both sides of its start. */
export interface ListedRun {
	/** Byte of the listing where its header is. */
	readonly offset: number;
	/** Its position in the directory table. */
	readonly position: MetadataPosition;
	/** The last name before it; undefined at the start of the listing. */
	readonly before: ByteString | undefined;
	readonly first: ByteString;
}

/**
 * Compares an index with its listing. Kernels look names up by the index, but list directories without it: with a
 * wrong one they find another file under a name than every other reader, or none.
 */
export class DirectoryIndex {
	readonly #entries: Iterator<IndexEntry, undefined>;
	/** Offset of the listing's first byte in its metadata block. */
	readonly #start: number;
	#next: IndexEntry | undefined;

	constructor(entries: Iterator<IndexEntry, undefined>, listing: MetadataPosition) {
		this.#entries = entries;
		this.#start = listing.offset;
		this.#advance();
	}

	/** Checks the next run of the listing. @throws SquashfsError ERR_SQUASHFS_FORMAT */
	pass({ offset, position, before, first }: ListedRun): void {
		const entry = this.#next;
		if (entry === undefined || entry.offset > offset) return;
		const isThere =
			entry.offset === offset &&
			entry.block === position.block &&
			(offset + this.#start) % METADATA_BLOCK_SIZE === position.offset;
		const isOrdered = (before === undefined || before < entry.name) && entry.name <= first;
		if (!isThere || !isOrdered) throw wrongEntry(entry);
		this.#advance();
	}

	/** Ends the listing. @throws SquashfsError ERR_SQUASHFS_FORMAT if an entry leads beyond it. */
	finish(): void {
		if (this.#next !== undefined) throw wrongEntry(this.#next);
	}

	#advance(): void {
		this.#next = this.#entries.next().value;
	}
}

function wrongEntry({ name }: IndexEntry): Error {
	return damaged(
		"directory index",
		`${displayByteString(name)}: expected the place of that name in the listing, got another one`,
	);
}
