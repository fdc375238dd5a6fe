import { CatalogueFault } from "./errors.js";

const INDEX_ENTRY_SIZE = 16;
const ENTRY_LIMIT = 1 << 16;
const INT32 = 4;
const STRING = 6;
const STRING_ARRAY = 8;
const I18N_STRING = 9;

/** Tags of a package that are used here (rpmtag.h). */
export const RPM_TAGS = {
	name: 1000,
	version: 1001,
	release: 1002,
	epoch: 1003,
	license: 1014,
	arch: 1022,
	sourceRpm: 1044,
	provides: 1047,
	requires: 1049,
	directoryIndexes: 1116,
	baseNames: 1117,
	directoryNames: 1118,
} as const;

interface Entry {
	readonly type: number;
	readonly offset: number;
	readonly count: number;
}

/**
 * The header of a package in rpm's database: an index of tags and a store of values, all big-endian, without the
 * magic number in the header of a package file.
 */
export class RpmHeader {
	readonly #entries: ReadonlyMap<number, Entry>;
	readonly #store: Buffer;

	/** @throws CatalogueFault if the blob is not a header. */
	constructor(blob: Buffer) {
		if (blob.length < 8) throw new CatalogueFault("expected an rpm header, got too few bytes");
		const count = blob.readUInt32BE(0);
		const size = blob.readUInt32BE(4);
		const start = 8 + count * INDEX_ENTRY_SIZE;
		if (count > ENTRY_LIMIT || start + size > blob.length) {
			throw new CatalogueFault("expected an rpm header, got one that goes beyond its row");
		}
		const entries = new Map<number, Entry>();
		for (let at = 8; at < start; at += INDEX_ENTRY_SIZE) {
			const [type, offset, items] = [4, 8, 12].map((field) => blob.readUInt32BE(at + field));
			entries.set(blob.readUInt32BE(at), { type: type!, offset: offset!, count: items! });
		}
		this.#entries = entries;
		this.#store = blob.subarray(start, start + size);
	}

	/** Returns a string value; empty if there is none. */
	text(tag: number): string {
		return this.texts(tag, 1)[0] ?? "";
	}

	/** Returns a list of strings, at most `limit`. @throws CatalogueFault if it extends beyond the header. */
	texts(tag: number, limit: number = ENTRY_LIMIT): string[] {
		const entry = this.#entries.get(tag);
		if (entry === undefined || ![STRING, STRING_ARRAY, I18N_STRING].includes(entry.type)) return [];
		const texts: string[] = [];
		let at = entry.offset;
		for (let i = 0; i < Math.min(entry.count, limit); i++) {
			const end = this.#store.indexOf(0, at);
			if (at >= this.#store.length || end < 0)
				throw new CatalogueFault(`rpm tag ${tag}: a string without an end`);
			texts.push(this.#store.toString("utf8", at, end));
			at = end + 1;
		}
		return texts;
	}

	/** Returns a list of numbers, at most `limit`. @throws CatalogueFault if it extends beyond the header. */
	numbers(tag: number, limit: number = ENTRY_LIMIT): number[] {
		const entry = this.#entries.get(tag);
		if (entry === undefined || entry.type !== INT32) return [];
		const count = Math.min(entry.count, limit);
		if (entry.offset + 4 * count > this.#store.length) {
			throw new CatalogueFault(`rpm tag ${tag}: its numbers go beyond the header`);
		}
		return Array.from({ length: count }, (_, i) => this.#store.readUInt32BE(entry.offset + 4 * i));
	}
}
