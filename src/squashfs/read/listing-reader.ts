import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import { damaged, ENTRY_SIZE, RUN_HEADER_SIZE, RUN_LIMIT } from "../format/index.js";
import type { DirectoryIndex, ListedRun } from "./directory-index.js";
import type { MetadataCursor } from "./metadata-reader.js";

/**
 * Bytes for the two entries that are not stored. Some writers do not count them, so kernels read the last run
 * whole.
 */
const UNSTORED_SIZE = 3;

/** Reads the entries of a listing one after the other; fields hold the last entry. */
export class ListingReader {
	readonly #cursor: MetadataCursor;
	/** Index of the directory, if it has one. */
	readonly #index: DirectoryIndex | undefined;
	readonly #size: number;
	/** Bytes of the listing that are left. */
	#rest: number;
	/** Entries of the run that are left. */
	#left = 0;
	#first = 0;
	name: ByteString = "" as ByteString;
	/** Metadata block of the inode. */
	block = 0;
	offset = 0;
	/** Number of the inode. */
	number = 0;
	/** Basic inode type. */
	type = 0;

	/** @param size of the listing; the last run may exceed it by the size of "." and "..". */
	constructor(cursor: MetadataCursor, size: number, index: DirectoryIndex | undefined) {
		this.#cursor = cursor;
		this.#index = index;
		this.#size = size;
		this.#rest = size;
	}

	/**
	 * Reads the next entry; returns whether there was one.
	 * @throws SquashfsError ERR_SQUASHFS_FORMAT for a bad name, names out of order, extra bytes, or the index of
	 *   another listing.
	 */
	next(): boolean {
		const run = this.#left === 0 ? this.#nextRun() : undefined;
		if (this.#left === 0) return false;
		this.#left--;
		const cursor = this.#cursor;
		this.offset = cursor.u16();
		this.number = this.#first + cursor.i16();
		this.type = cursor.u16();
		const length = cursor.u16() + 1;
		this.#take(ENTRY_SIZE + length);
		const name = cursor.name(length);
		checkName(name, this.name);
		if (run !== undefined) this.#index?.pass({ ...run, first: name });
		this.name = name;
		if (this.#left === 0 && this.#rest < 0 && this.#rest !== -UNSTORED_SIZE) {
			throw damaged("directory", `expected its last run to end with it, got ${-this.#rest} bytes more`);
		}
		return true;
	}

	/** Opens the next run; returns its place if an index names it, and ends the listing after the last run. */
	#nextRun(): Omit<ListedRun, "first"> | undefined {
		if (this.#rest <= 0) {
			this.#index?.finish();
			return undefined;
		}
		const offset = this.#size - this.#rest;
		const before = this.name === "" ? undefined : this.name;
		const run = this.#index && { offset, position: this.#cursor.position, before };
		this.#take(RUN_HEADER_SIZE);
		const count = this.#cursor.u32() + 1;
		this.block = this.#cursor.u32();
		this.#first = this.#cursor.u32();
		if (count > RUN_LIMIT) throw damaged("directory", `expected at most ${RUN_LIMIT} entries, got ${count}`);
		this.#left = count;
		return run;
	}

	#take(count: number): void {
		if (count > this.#rest + UNSTORED_SIZE) {
			throw damaged("directory", `expected ${count} more bytes, got ${this.#rest}`);
		}
		this.#rest -= count;
	}
}

/** @param last name before it; empty for the first one, as names are not empty. */
function checkName(name: ByteString, last: ByteString): void {
	if (name === "." || name === ".." || name.length > 255 || /[/\0]/.test(name)) {
		throw damaged("directory", `${displayByteString(name)}: expected a file name`);
	}
	if (last >= name) {
		throw damaged("directory", `${displayByteString(name)}: expected it before ${displayByteString(last)}`);
	}
}
