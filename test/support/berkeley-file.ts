const HEADER_SIZE = 26;
const HASH_META = 8;
const HASH = 13;
const OVERFLOW = 7;

export interface BerkeleyOptions {
	readonly pageSize?: number;
	readonly bigEndian?: boolean;
}

/**
 * A Berkeley DB of the kind hash as rpm has it: numbers from 1 and their headers, a page of items for each,
 * and the number 0 with the next free one. A header of more than a quarter of a page lies on other pages.
 */
export function berkeleyFile(headers: readonly Uint8Array[], options: BerkeleyOptions = {}): Buffer {
	const file = new BerkeleyDraft(options);
	const next = file.word(headers.length + 1);
	for (const [number, value] of [next, ...headers].entries()) file.addPair(number, value);
	return file.finish(headers.length + 1);
}

class BerkeleyDraft {
	readonly #pageSize: number;
	readonly #bigEndian: boolean;
	readonly #pages: Buffer[];

	constructor({ pageSize = 512, bigEndian = false }: BerkeleyOptions) {
		this.#pageSize = pageSize;
		this.#bigEndian = bigEndian;
		this.#pages = [Buffer.alloc(pageSize)];
	}

	word(value: number): Buffer {
		const bytes = Buffer.alloc(4);
		this.#put(bytes, 0, value);
		return bytes;
	}

	addPair(number: number, value: Uint8Array): void {
		const page = this.#newPage(HASH);
		const key = Buffer.concat([Buffer.of(1), this.word(number)]);
		const inline = value.length <= this.#pageSize / 4;
		const item = inline ? Buffer.concat([Buffer.of(1), value]) : this.#addLong(value);
		this.#putHalf(page, 20, 2);
		let end = this.#pageSize;
		for (const [at, bytes] of [key, item].entries()) {
			end -= bytes.length;
			page.set(bytes, end);
			this.#putHalf(page, HEADER_SIZE + 2 * at, end);
		}
		this.#putHalf(page, 22, end);
	}

	finish(keys: number): Buffer {
		const meta = this.#pages[0]!;
		const words = { 12: 0x061561, 16: 9, 20: this.#pageSize, 32: this.#pages.length - 1, 88: keys };
		for (const [at, value] of Object.entries(words)) this.#put(meta, Number(at), value);
		meta[25] = HASH_META;
		return Buffer.concat(this.#pages);
	}

	/** Puts a value on pages of its own; returns the item that points to them. */
	#addLong(value: Uint8Array): Buffer {
		const first = this.#pages.length;
		const room = this.#pageSize - HEADER_SIZE;
		for (let start = 0; start < value.length; start += room) {
			const page = this.#newPage(OVERFLOW);
			const part = value.subarray(start, start + room);
			page.set(part, HEADER_SIZE);
			this.#put(page, 16, start + room < value.length ? this.#pages.length : 0);
			this.#putHalf(page, 22, part.length);
		}
		return Buffer.concat([Buffer.of(3, 0, 0, 0), this.word(first), this.word(value.length)]);
	}

	#newPage(kind: number): Buffer {
		const page = Buffer.alloc(this.#pageSize);
		this.#put(page, 8, this.#pages.length);
		page[25] = kind;
		this.#pages.push(page);
		return page;
	}

	#put(bytes: Buffer, at: number, value: number): void {
		if (this.#bigEndian) bytes.writeUInt32BE(value, at);
		else bytes.writeUInt32LE(value, at);
	}

	#putHalf(bytes: Buffer, at: number, value: number): void {
		if (this.#bigEndian) bytes.writeUInt16BE(value, at);
		else bytes.writeUInt16LE(value, at);
	}
}
