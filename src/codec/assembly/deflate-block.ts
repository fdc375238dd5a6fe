/**
 * Deflate blocks (RFC 1951, section 3.2): cuts a run of symbols where its statistics change,
 * chooses for each block the shortest of the three kinds, and writes the bits.
 *
 * Memory: PIECES, per 1024 symbols of a run: 288 literal/length and 32 distance frequencies
 * (u32), then four fields (u32): first symbol, first byte, estimated bits, extra bits.
 * CODES one u32 per literal/length, distance and code-length symbol: bits | count << 24.
 * MATCHES one u32 per match length: bits of code and extra bits together | count << 24.
 */
import { bitsEnd, finishBits, moveBits, putBits } from "./bit-writer";
import { PIECES } from "./deflate-map";
import { entropyBits } from "./entropy";
import { prefixCodeLengths } from "./prefix-code";

const LITERALS: i32 = 288;
const DISTANCES: i32 = 32;
const END_OF_BLOCK: u32 = 256;
const SYMBOLS_PER_PIECE: usize = 1024;

const FREQUENCIES_SIZE: usize = (288 + 32) * 4;
const FIRST_SYMBOL: usize = FREQUENCIES_SIZE;
const FIRST_BYTE: usize = FREQUENCIES_SIZE + 4;
const BITS: usize = FREQUENCIES_SIZE + 8;
const EXTRA_BITS: usize = FREQUENCIES_SIZE + 12;
const PIECE_SIZE: usize = FREQUENCIES_SIZE + 16;

const MERGED: usize = memory.data(<i32>PIECE_SIZE, 16);
/** Literal/length lengths, directly followed by the distance lengths of the block: u8. */
const LENGTHS: usize = memory.data(288 + 32, 16);
const CODES: usize = memory.data((288 + 32) * 4, 16);
const MATCHES: usize = memory.data(259 * 4, 16);
/** The run-length coded code lengths: u8 symbol, u8 extra value; and their code. */
const RUNS: usize = memory.data((288 + 32) * 2, 16);
/** Both lists of lengths, unused tails cut off, one after the other. */
const JOINED: usize = memory.data(288 + 32, 16);
const RUN_FREQUENCIES: usize = memory.data(19 * 4, 16);
const RUN_LENGTHS: usize = memory.data(32, 16);
const RUN_CODES: usize = memory.data(19 * 4, 16);
const RUN_ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function putCode(entry: u32): void {
	putBits(entry & 0xffffff, entry >>> 24);
}

// Lengths and distances (section 3.2.5)

function lengthSymbol(length: u32): u32 {
	if (length == 258) return 285;
	const value = length - 3;
	if (value < 8) return 257 + value;
	const log = 31 - clz(value);
	return 257 + ((log - 1) << 2) + ((value >>> (log - 2)) & 3);
}

function lengthExtraBits(length: u32): u32 {
	return length < 11 || length == 258 ? 0 : 29 - clz(length - 3);
}

function distanceSymbol(distance: u32): u32 {
	const value = distance - 1;
	if (value < 4) return value;
	const log = 31 - clz(value);
	return (log << 1) + ((value >>> (log - 1)) & 1);
}

function distanceExtraBits(distance: u32): u32 {
	return distance < 5 ? 0 : 30 - clz(distance - 1);
}

// Cutting a run into blocks

function frequency(piece: usize, symbol: u32): usize {
	return piece + (symbol << 2);
}

function increment(slot: usize): void {
	store<u32>(slot, load<u32>(slot) + 1);
}

/** Entropy, plus what describing the codes will cost: about 3 bits a used symbol. */
function estimate(piece: usize): u32 {
	let used: u32 = 0;
	for (let symbol: u32 = 0; symbol < 320; symbol++) used += u32(load<u32>(frequency(piece, symbol)) != 0);
	return 64 + 3 * used + entropyBits(piece, LITERALS) + entropyBits(piece + LITERALS * 4, DISTANCES);
}

/** @returns the address after the last byte the piece stands for. */
function countPiece(piece: usize, symbol: usize, end: usize, byte: usize): usize {
	memory.fill(piece, 0, PIECE_SIZE);
	store<u32>(piece, <u32>symbol, FIRST_SYMBOL);
	store<u32>(piece, <u32>byte, FIRST_BYTE);
	let extra: u32 = 0;
	for (; symbol < end; symbol += 4) {
		const value = load<u32>(symbol);
		const distance = value >>> 16;
		if (distance == 0) {
			increment(frequency(piece, value));
			byte++;
			continue;
		}
		const length = value & 0xffff;
		increment(frequency(piece, lengthSymbol(length)));
		increment(frequency(piece, LITERALS + distanceSymbol(distance)));
		extra += lengthExtraBits(length) + distanceExtraBits(distance);
		byte += length;
	}
	store<u32>(frequency(piece, END_OF_BLOCK), 1);
	store<u32>(piece, extra, EXTRA_BITS);
	store<u32>(piece, estimate(piece), BITS);
	return byte;
}

/** Sums two neighbours into MERGED; returns the bits that saves, which may be negative. */
function tryMerge(a: usize, b: usize): i32 {
	memory.copy(MERGED, a, PIECE_SIZE);
	for (let at: usize = 0; at < FREQUENCIES_SIZE; at += 16) {
		v128.store(MERGED + at, i32x4.add(v128.load(a + at), v128.load(b + at)));
	}
	store<u32>(frequency(MERGED, END_OF_BLOCK), 1);
	store<u32>(MERGED, load<u32>(a, EXTRA_BITS) + load<u32>(b, EXTRA_BITS), EXTRA_BITS);
	store<u32>(MERGED, estimate(MERGED), BITS);
	return <i32>(load<u32>(a, BITS) + load<u32>(b, BITS) - load<u32>(MERGED, BITS));
}

function pieceAt(index: usize): usize {
	return PIECES + index * PIECE_SIZE;
}

/** Merges pairs of neighbours where that saves bits; returns how many pieces are left. */
function mergePairs(count: usize): usize {
	let kept: usize = 0;
	for (let next: usize = 0; next < count; kept++) {
		const pair = next + 1 < count && tryMerge(pieceAt(next), pieceAt(next + 1)) >= 0;
		memory.copy(pieceAt(kept), pair ? MERGED : pieceAt(next), PIECE_SIZE);
		next += pair ? 2 : 1;
	}
	return kept;
}

// Codes (section 3.2.2) and their description (section 3.2.7)

function reverse(code: u32, length: u32): u32 {
	let reversed: u32 = 0;
	for (; length > 0; length--) {
		reversed = (reversed << 1) | (code & 1);
		code >>>= 1;
	}
	return reversed;
}

function assignCodes(lengths: usize, symbols: usize, codes: usize): void {
	let code: u32 = 0;
	for (let length: u32 = 1; length <= 15; length++) {
		for (let symbol: usize = 0; symbol < symbols; symbol++) {
			if (load<u8>(lengths + symbol) != length) continue;
			store<u32>(codes + (symbol << 2), reverse(code++, length) | (length << 24));
		}
		code <<= 1;
	}
}

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

/** Appends up to `count` repetitions as one symbol of the description; returns how many. */
function putRun(at: usize, length: u32, count: usize, first: bool): usize {
	let symbol = length;
	let extra: usize = 0;
	let taken: usize = 1;
	if (length == 0 && count >= 3) {
		taken = min<usize>(count, 138);
		symbol = taken < 11 ? 17 : 18;
		extra = taken - (taken < 11 ? 3 : 11);
	} else if (!first && count >= 3) {
		taken = min<usize>(count, 6);
		symbol = 16;
		extra = taken - 3;
	}
	store<u8>(at, symbol);
	store<u8>(at, extra, 1);
	increment(RUN_FREQUENCIES + (symbol << 2));
	return taken;
}

/** Run-length codes the lengths of both codes into RUNS; returns its end. */
function describeLengths(literals: usize, distances: usize): usize {
	memory.fill(RUN_FREQUENCIES, 0, 19 * 4);
	// The two lists are one sequence: runs may pass from the first to the second.
	memory.copy(JOINED, LENGTHS, literals);
	memory.copy(JOINED + literals, LENGTHS + LITERALS, distances);
	const total = literals + distances;
	let run = RUNS;
	for (let at: usize = 0; at < total; ) {
		const length = <u32>load<u8>(JOINED + at);
		let count: usize = 1;
		while (at + count < total && load<u8>(JOINED + at + count) == length) count++;
		for (let first = true; count > 0; first = false) {
			const taken = putRun(run, length, count, first);
			run += 2;
			at += taken;
			count -= taken;
		}
	}
	return run;
}

function runExtraBits(symbol: u32): u32 {
	return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
}

function describedOrders(): usize {
	let count: usize = 19;
	while (count > 4 && load<u8>(RUN_LENGTHS + RUN_ORDER[<i32>count - 1]) == 0) count--;
	return count;
}

function descriptionBits(end: usize): u32 {
	let bits: u32 = 14 + 3 * <u32>describedOrders();
	for (let run = RUNS; run < end; run += 2) {
		const symbol = <u32>load<u8>(run);
		bits += load<u8>(RUN_LENGTHS + symbol) + runExtraBits(symbol);
	}
	return bits;
}

function putDescription(literals: usize, distances: usize, end: usize): void {
	const orders = describedOrders();
	putBits((literals - 257) | ((distances - 1) << 5) | ((orders - 4) << 10), 14);
	for (let i: usize = 0; i < orders; i++) putBits(load<u8>(RUN_LENGTHS + RUN_ORDER[<i32>i]), 3);
	assignCodes(RUN_LENGTHS, 19, RUN_CODES);
	for (let run = RUNS; run < end; run += 2) {
		const symbol = <u32>load<u8>(run);
		putCode(load<u32>(RUN_CODES + (symbol << 2)));
		putBits(load<u8>(run, 1), runExtraBits(symbol));
	}
}

// Writing a block

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
	const runs = describeLengths(literals, distances);
	prefixCodeLengths(RUN_FREQUENCIES, 19, 7, RUN_LENGTHS);
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
	let count: usize = 0;
	for (; symbol < end; count++) {
		const stop = min(symbol + SYMBOLS_PER_PIECE * 4, end);
		byte = countPiece(pieceAt(count), symbol, stop, byte);
		symbol = stop;
	}
	for (let before: usize = 0; before != count; ) {
		before = count;
		count = mergePairs(count);
	}
	for (let index: usize = 0; index + 1 < count; index++) {
		const next = pieceAt(index + 1);
		writeBlock(pieceAt(index), load<u32>(next, FIRST_SYMBOL), load<u32>(next, FIRST_BYTE), false);
	}
	writeBlock(pieceAt(count - 1), end, byteEnd, last);
}
