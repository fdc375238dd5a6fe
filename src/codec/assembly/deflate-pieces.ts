/**
 * Cuts a run of deflate's symbols where its statistics change: counts pieces of 1024 symbols, and
 * merges neighbours as long as that saves bits.
 *
 * Memory: PIECES, per 1024 symbols of a run: 288 literal/length and 32 distance frequencies
 * (u32), then four fields (u32): first symbol, first byte, estimated bits, extra bits.
 */

import { PIECES } from "./deflate-map";
import {
	DISTANCES,
	distanceExtraBits,
	distanceSymbol,
	END_OF_BLOCK,
	LITERALS,
	lengthExtraBits,
	lengthSymbol,
} from "./deflate-symbols";
import { entropyBits } from "./entropy";
import { addFour } from "./wide";

const SYMBOLS_PER_PIECE: usize = 1024;

const FREQUENCIES_SIZE: usize = (288 + 32) * 4;
export const FIRST_SYMBOL: usize = FREQUENCIES_SIZE;
export const FIRST_BYTE: usize = FREQUENCIES_SIZE + 4;
const BITS: usize = FREQUENCIES_SIZE + 8;
export const EXTRA_BITS: usize = FREQUENCIES_SIZE + 12;
const PIECE_SIZE: usize = FREQUENCIES_SIZE + 16;

const MERGED: usize = memory.data(<i32>PIECE_SIZE, 16);

export function frequency(piece: usize, symbol: u32): usize {
	return piece + (symbol << 2);
}

export function increment(slot: usize): void {
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
		addFour(MERGED + at, a + at, b + at);
	}
	store<u32>(frequency(MERGED, END_OF_BLOCK), 1);
	store<u32>(MERGED, load<u32>(a, EXTRA_BITS) + load<u32>(b, EXTRA_BITS), EXTRA_BITS);
	store<u32>(MERGED, estimate(MERGED), BITS);
	return <i32>(load<u32>(a, BITS) + load<u32>(b, BITS) - load<u32>(MERGED, BITS));
}

export function pieceAt(index: usize): usize {
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

/**
 * Cuts the symbols from `symbol` to `end`, whose first stands for the byte at `byte`, into pieces.
 * @returns how many there are.
 */
export function cutPieces(symbol: usize, end: usize, byte: usize): usize {
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
	return count;
}
