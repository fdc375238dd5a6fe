/**
 * Deflate blocks (RFC 1951, section 3.2): cuts a run of symbols where its statistics change,
 * chooses for each block the shortest of the three kinds, and writes the bits.
 *
 * Memory: CODES one u32 per literal/length and distance symbol: bits | count << 24.
 * MATCHES one u32 per match length: bits of code and extra bits together | count << 24.
 */
import { bitsEnd, finishBits, moveBits, putBits } from "./bit-writer";
import { assignCodes, describeLengths, descriptionBits, putCode, putDescription } from "./deflate-codes";
import { cutPieces, EXTRA_BITS, FIRST_BYTE, FIRST_SYMBOL, frequency, pieceAt } from "./deflate-pieces";
import {
	DISTANCES,
	distanceExtraBits,
	distanceSymbol,
	END_OF_BLOCK,
	LITERALS,
	lengthExtraBits,
	lengthSymbol,
} from "./deflate-symbols";
import { prefixCodeLengths } from "./prefix-code";

/** Literal/length lengths, directly followed by the distance lengths of the block: u8. */
const LENGTHS: usize = memory.data(288 + 32, 16);
const CODES: usize = memory.data((288 + 32) * 4, 16);
const MATCHES: usize = memory.data(259 * 4, 16);

function fixedLengths(): void {
	memory.fill(LENGTHS, 8, 144);
	memory.fill(LENGTHS + 144, 9, 112);
	memory.fill(LENGTHS + 256, 7, 24);
	memory.fill(LENGTHS + 280, 8, 8);
	memory.fill(LENGTHS + LITERALS, 5, 32);
}

/** Some inflaters want a distance code of two at least. */
function fillDistances(piece: usize): void {
	for (let symbol: u32 = 0; symbol < 2; symbol++) {
		const slot = frequency(piece, LITERALS + symbol);
		if (load<u32>(slot) == 0) store<u32>(slot, 1);
	}
}

function codeBits(piece: usize): u32 {
	let bits: u32 = 0;
	for (let symbol: u32 = 0; symbol < 320; symbol++) {
		bits += load<u32>(frequency(piece, symbol)) * load<u8>(LENGTHS + symbol);
	}
	return bits;
}

function usedSymbols(lengths: usize, symbols: usize, least: usize): usize {
	while (symbols > least && load<u8>(lengths + symbols - 1) == 0) symbols--;
	return symbols;
}

/** Joins each match length's code and extra bits in one entry. */
function fillMatches(): void {
	for (let length: u32 = 3; length <= 258; length++) {
		const entry = load<u32>(CODES + (lengthSymbol(length) << 2));
		const extra = lengthExtraBits(length);
		const value = (length - 3) & ((1 << extra) - 1);
		const bits = (entry & 0xffffff) | (value << (entry >>> 24));
		store<u32>(MATCHES + (length << 2), bits | (((entry >>> 24) + extra) << 24));
	}
}

function putSymbols(symbol: usize, end: usize): void {
	assignCodes(LENGTHS, 288, CODES);
	assignCodes(LENGTHS + 288, 32, CODES + 288 * 4);
	fillMatches();
	for (; symbol < end; symbol += 4) {
		const value = load<u32>(symbol);
		const distance = value >>> 16;
		if (distance == 0) {
			putCode(load<u32>(CODES + (value << 2)));
			continue;
		}
		const match = load<u32>(MATCHES + ((value & 0xffff) << 2));
		const code = load<u32>(CODES + 288 * 4 + (distanceSymbol(distance) << 2));
		const extra = distanceExtraBits(distance);
		const far = (code & 0xffffff) | (((distance - 1) & ((1 << extra) - 1)) << (code >>> 24));
		const count = match >>> 24;
		putBits((match & 0xffffff) | ((<u64>far) << count), count + (code >>> 24) + extra);
	}
	putCode(load<u32>(CODES + (END_OF_BLOCK << 2)));
}

/** Stored blocks (section 3.2.4), one at least; also the flush to a byte's end when empty. */
export function writeStored(from: usize, length: usize, last: bool): void {
	do {
		const size = min<usize>(length, 0xffff);
		putBits(u64(last && size == length), 3);
		finishBits();
		putBits(size | ((size ^ 0xffff) << 16), 32);
		const to = bitsEnd();
		memory.copy(to, from, size);
		moveBits(to + size);
		from += size;
		length -= size;
	} while (length > 0);
}

function writeBlock(piece: usize, symbolEnd: usize, byteEnd: usize, last: bool): void {
	const symbol = <usize>load<u32>(piece, FIRST_SYMBOL);
	const byte = <usize>load<u32>(piece, FIRST_BYTE);
	const extra = load<u32>(piece, EXTRA_BITS);
	fixedLengths();
	const fixed = codeBits(piece) + extra;
	fillDistances(piece);
	prefixCodeLengths(piece, LITERALS, 15, LENGTHS);
	prefixCodeLengths(piece + LITERALS * 4, DISTANCES, 15, LENGTHS + LITERALS);
	const literals = usedSymbols(LENGTHS, LITERALS, 257);
	const distances = usedSymbols(LENGTHS + LITERALS, DISTANCES, 1);
	const runs = describeLengths(LENGTHS, literals, LENGTHS + LITERALS, distances);
	const dynamic = codeBits(piece) + extra + descriptionBits(runs);
	const stored = <u32>(byteEnd - byte) * 8 + 32;
	if (stored <= min(fixed, dynamic)) return writeStored(byte, byteEnd - byte, last);
	putBits((fixed <= dynamic ? 2 : 4) | u64(last), 3);
	if (fixed <= dynamic) fixedLengths();
	else putDescription(literals, distances, runs);
	putSymbols(symbol, symbolEnd);
}

/**
 * Writes the symbols from `symbol` to `end`, which stand for the bytes from `byte` to `byteEnd`.
 * @param last the stream ends with them.
 */
export function writeBlocks(symbol: usize, end: usize, byte: usize, byteEnd: usize, last: bool): void {
	const count = cutPieces(symbol, end, byte);
	for (let index: usize = 0; index + 1 < count; index++) {
		const next = pieceAt(index + 1);
		writeBlock(pieceAt(index), load<u32>(next, FIRST_SYMBOL), load<u32>(next, FIRST_BYTE), false);
	}
	writeBlock(pieceAt(count - 1), end, byteEnd, last);
}
