import type { Content } from "../ground/bytes/index.js";
import { type BlockCodes, DeflateBits, fixedCodes, readCodes, UNUSUAL } from "./deflate-bits.js";

/** A stretch of the expanded bytes of a stream. They are stored in the stream unchanged, or were expanded from it. */
export interface DeflatePart {
	/** Bytes, 1 at least. */
	readonly length: number;
	/** Their position in the content, or the bytes themselves. */
	readonly from: number | Uint8Array;
}

/** The parts of a stream. */
export interface DeflateParts {
	/** Parts in the order of the expanded bytes. */
	readonly parts: readonly DeflatePart[];
	/** Position after the last byte of the stream. */
	readonly end: number;
}

/** Most bytes that are expanded here. */
const EXPANDED_LIMIT = 1 << 20;
/** A stored block holds up to 64 KiB. Where they hold less than this, a list of them costs more than it saves. */
const MEAN_BLOCK = 1 << 14;
const FEW_BLOCKS = 64;

/**
 * Takes a deflate stream (RFC 1951) apart whose bytes are mostly stored, so that they can be read where they
 * lie: nothing but the headers of stored blocks is read of them here.
 * @returns undefined for a stream that is mostly compressed, is damaged, or is unusual in any way: to expand it
 * as a whole says more.
 */
export function takeDeflateApart(content: Content, start: number): DeflateParts | undefined {
	try {
		return new StreamReader(content, start).read();
	} catch (error) {
		if (error === UNUSUAL) return undefined;
		throw error;
	}
}

class StreamReader {
	readonly #bits: DeflateBits;
	readonly #parts: DeflatePart[] = [];
	readonly #output: Uint8Array = new Uint8Array(EXPANDED_LIMIT);
	/** Where the bytes begin that were expanded since the last stored ones, and where they end. */
	#start = 0;
	#end = 0;
	#blocksLeft: number;

	constructor(content: Content, start: number) {
		this.#bits = new DeflateBits(content, start);
		this.#blocksLeft = FEW_BLOCKS + content.size / MEAN_BLOCK;
	}

	read(): DeflateParts {
		for (let isLast = false; !isLast; ) {
			if (this.#blocksLeft-- < 0) throw UNUSUAL;
			isLast = this.#bits.take(1) === 1;
			this.#readBlock(this.#bits.take(2));
		}
		this.#endExpanded();
		return { parts: this.#parts, end: this.#bits.align() };
	}

	#readBlock(type: number): void {
		if (type === 0) this.#readStored();
		else if (type === 1) this.#expand(fixedCodes());
		else if (type === 2) this.#expand(readCodes(this.#bits));
		else throw UNUSUAL;
	}

	/** RFC 1951, 3.2.4. */
	#readStored(): void {
		this.#bits.align();
		const length = this.#bits.take(16);
		if (this.#bits.take(16) !== (length ^ 0xffff)) throw UNUSUAL;
		if (length === 0) return;
		this.#endExpanded();
		const from = this.#bits.align();
		this.#parts.push({ length, from });
		this.#bits.seek(from + length);
	}

	/** RFC 1951, 3.2.3. */
	#expand({ literals, distances }: BlockCodes): void {
		for (;;) {
			const symbol = this.#bits.symbol(literals);
			if (symbol === 256) return;
			if (symbol > 256) this.#copy(symbol - 257, distances);
			else if (this.#end < EXPANDED_LIMIT) this.#output[this.#end++] = symbol;
			else throw UNUSUAL;
		}
	}

	/** RFC 1951, 3.2.5. What lies before the last stored bytes is out of reach here; no writer of packages goes there. */
	#copy(lengthCode: number, table: BlockCodes["distances"]): void {
		const length = this.#number(LENGTHS, lengthCode);
		const distance = this.#number(DISTANCES, this.#bits.symbol(table));
		if (distance > this.#end - this.#start || this.#end + length > EXPANDED_LIMIT) throw UNUSUAL;
		for (const last = this.#end + length; this.#end < last; this.#end++) {
			this.#output[this.#end] = this.#output[this.#end - distance]!;
		}
	}

	#number(codes: readonly NumberCode[], code: number): number {
		const found = codes[code];
		if (found === undefined) throw UNUSUAL;
		return found.first + this.#bits.take(found.extraBits);
	}

	#endExpanded(): void {
		if (this.#end > this.#start) {
			const from = this.#output.slice(this.#start, this.#end);
			this.#parts.push({ length: from.length, from });
		}
		this.#start = this.#end;
	}
}

/** Numbers that share a symbol: the first of them, and the bits that say which one it is. */
interface NumberCode {
	readonly first: number;
	readonly extraBits: number;
}

/** 28 symbols, with one more extra bit after each four of them; the last one stands for 258 alone. */
const LENGTHS: readonly NumberCode[] = [...numberCodes(28, 3, 4), { first: 258, extraBits: 0 }];
const DISTANCES: readonly NumberCode[] = numberCodes(30, 1, 2);

/** @param group how many symbols have the same extra bits; the first two groups have none. */
function numberCodes(count: number, smallest: number, group: number): NumberCode[] {
	let first = smallest;
	return Array.from({ length: count }, (_, code) => {
		const extraBits = Math.max(0, Math.floor(code / group) - 1);
		const own = { first, extraBits };
		first += 1 << extraBits;
		return own;
	});
}
