import type { Content } from "../ground/bytes/index.js";

/** Thrown for a damaged or unusual stream. It never leaves the room. */
export const UNUSUAL: Error = new Error("an unusual deflate stream");

/** Bytes that are read at a time: few, because headers of stored blocks are far apart. */
const WINDOW_BYTES = 1 << 12;
const LONGEST_CODE = 15;

/** For the next bits of a stream, the symbol that they begin with: `symbol << 4 | bits`; 0 for none. */
export type CodeTable = Uint16Array;

/** Reads a deflate stream bit by bit (RFC 1951, 3.1.1). */
export class DeflateBits {
	readonly #content: Content;
	readonly #window: Uint8Array = new Uint8Array(WINDOW_BYTES);
	#windowStart = 0;
	#windowEnd = 0;
	/** Position of the next byte that is not in the bits yet. */
	#next: number;
	#bits = 0;
	#count = 0;

	constructor(content: Content, position: number) {
		this.#content = content;
		this.#next = position;
	}

	/** Returns the next bits as a number, at most 16 of them. @throws UNUSUAL at the end of the content. */
	take(count: number): number {
		this.#fill();
		const value = this.#bits & ((1 << count) - 1);
		this.#drop(count);
		return value;
	}

	/** Returns the symbol of the next bits. @throws UNUSUAL if they are no code. */
	symbol(table: CodeTable): number {
		this.#fill();
		const entry = table[this.#bits & (table.length - 1)]!;
		if (entry === 0) throw UNUSUAL;
		this.#drop(entry & 15);
		return entry >> 4;
	}

	/** Skips to the next whole byte. @returns its position. */
	align(): number {
		this.#next -= this.#count >> 3;
		this.#bits = 0;
		this.#count = 0;
		return this.#next;
	}

	/** Continues at a position. */
	seek(position: number): void {
		this.align();
		this.#next = position;
	}

	/** Makes at least 16 bits available, unless the content ends before. */
	#fill(): void {
		while (this.#count <= 16 && this.#next < this.#content.size) {
			this.#bits |= this.#byte() << this.#count;
			this.#count += 8;
		}
	}

	#drop(count: number): void {
		if (count > this.#count) throw UNUSUAL;
		this.#bits >>>= count;
		this.#count -= count;
	}

	#byte(): number {
		const position = this.#next++;
		if (position < this.#windowStart || position >= this.#windowEnd) {
			this.#windowStart = position;
			this.#windowEnd = Math.min(position + WINDOW_BYTES, this.#content.size);
			this.#content.read(this.#window.subarray(0, this.#windowEnd - position), position);
		}
		return this.#window[position - this.#windowStart]!;
	}
}

/**
 * Returns the table of a prefix code by the lengths of its symbols (RFC 1951, 3.2.2).
 * @param isSparse whether the code may have only one symbol, or none.
 * @throws UNUSUAL for a code that leaves bits without a meaning, or gives them two.
 */
function codeTable(lengths: readonly number[], isSparse = false): CodeTable {
	const longest = Math.max(...lengths);
	const table = new Uint16Array(1 << longest);
	let code = 0;
	for (let length = 1; length <= longest; length++) {
		code <<= 1;
		for (const [symbol, own] of lengths.entries()) {
			if (own !== length) continue;
			for (let i = reverse(code++, length); i < table.length; i += 1 << length)
				table[i] = (symbol << 4) | length;
		}
	}
	if (code === table.length || (isSparse && longest <= 1 && code < table.length)) return table;
	throw UNUSUAL;
}

/** Reverses a code, because the first bit of a code is the lowest in the stream. */
function reverse(code: number, length: number): number {
	let reversed = 0;
	for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
	return reversed;
}

/** The code of blocks of type 1 (RFC 1951, 3.2.6). */
const FIXED_LENGTHS: readonly number[] = [
	...new Array<number>(144).fill(8),
	...new Array<number>(112).fill(9),
	...new Array<number>(24).fill(7),
	...new Array<number>(8).fill(8),
];

/** The codes of a compressed block: of literals and lengths, and of distances. */
export interface BlockCodes {
	readonly literals: CodeTable;
	readonly distances: CodeTable;
}

/** Returns the codes of blocks of type 1. */
export function fixedCodes(): BlockCodes {
	return { literals: codeTable(FIXED_LENGTHS), distances: codeTable(new Array<number>(32).fill(5)) };
}

/** The order of the code lengths for code lengths in a block of type 2. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Reads the codes of a block of type 2 (RFC 1951, 3.2.7). @throws UNUSUAL */
export function readCodes(bits: DeflateBits): BlockCodes {
	const literals = bits.take(5) + 257;
	const distances = bits.take(5) + 1;
	const ordered = bits.take(4) + 4;
	if (literals > 286 || distances > 30) throw UNUSUAL;
	const own = new Array<number>(LENGTH_ORDER.length).fill(0);
	for (const symbol of LENGTH_ORDER.slice(0, ordered)) own[symbol] = bits.take(3);
	const lengths = readLengths(bits, codeTable(own), literals + distances);
	// A block without an end-of-block code would never end.
	if (lengths[256] === 0) throw UNUSUAL;
	return {
		literals: codeTable(lengths.slice(0, literals)),
		distances: codeTable(lengths.slice(literals), true),
	};
}

function readLengths(bits: DeflateBits, table: CodeTable, count: number): number[] {
	const lengths: number[] = [];
	const repeat = (length: number | undefined, times: number): void => {
		if (length === undefined || lengths.length + times > count) throw UNUSUAL;
		for (let i = 0; i < times; i++) lengths.push(length);
	};
	while (lengths.length < count) {
		const symbol = bits.symbol(table);
		if (symbol <= LONGEST_CODE) lengths.push(symbol);
		else if (symbol === 16) repeat(lengths.at(-1), 3 + bits.take(2));
		else if (symbol === 17) repeat(0, 3 + bits.take(3));
		else repeat(0, 11 + bits.take(7));
	}
	return lengths;
}
