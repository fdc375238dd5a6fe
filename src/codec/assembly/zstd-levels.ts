/** What the levels stand for: how a block is parsed, and how much effort goes into it. */
import { configureMatches } from "./zstd-matches";
import { configureParser } from "./zstd-parser";
import { configureSequences } from "./zstd-sequence-encoder";

export const FAST: i32 = 0;
export const DOUBLE_FAST: i32 = 1;
export const LAZY: i32 = 2;
export const OPTIMAL: i32 = 3;

export let strategy: i32 = OPTIMAL;
/** Pieces that a block may fall into. */
export let mostPieces: usize = 8;
/** FAST and DOUBLE_FAST: how many bytes are hashed. */
export let hashedBytes: u64 = 0;
/** FAST: bits of the hash. */
export let hashBits: u64 = 0;
/** LAZY: places to compare with, and how many places to look ahead. */
export let tries: i32 = 0;
export let lookAhead: i32 = 0;
/** LAZY: a match this long is taken without looking ahead. */
export let lookedEnough: u32 = 0;
/** OPTIMAL: whether rows will do for what is not text. */
export let mayUseRows: bool = false;
/** OPTIMAL: parses of each piece, the one of the whole block included. */
export let passes: i32 = 1;

function setFast(bytes: u64, bits: u64): void {
	strategy = FAST;
	hashedBytes = bytes;
	hashBits = bits;
}

function setDoubleFast(bytes: u64): void {
	strategy = DOUBLE_FAST;
	hashedBytes = bytes;
	hashBits = 0;
}

function setLazy(most: i32, ahead: i32, enough: u32): void {
	strategy = LAZY;
	tries = most;
	lookAhead = ahead;
	lookedEnough = enough;
}

/**
 * @param depth places to compare with, at most. @param enough length that ends a search.
 * @param taken length of a match that is taken without looking inside. @param skip how much
 * dearer (1/256 bit) the next place is where one is passed over.
 */
function setOptimal(depth: i32, enough: u32, taken: u32, skip: u32, rounds: i32): void {
	strategy = OPTIMAL;
	passes = rounds;
	configureMatches(depth, enough);
	configureParser(taken, skip);
}

/** @param level 1..22. */
export function chooseLevel(level: i32): void {
	configureSequences(level <= 12);
	mayUseRows = level <= 15;
	mostPieces = level <= 9 ? 8 : level <= 12 ? 16 : 32;
	if (level == 1) setFast(6, 14);
	else if (level == 2) setFast(5, 15);
	else if (level == 3) setDoubleFast(5);
	else if (level == 4) setDoubleFast(4);
	else if (level == 5) setLazy(4, 0, 0);
	else if (level == 6) setLazy(4, 1, 8);
	else if (level <= 8) setLazy(8, 1, 10);
	else if (level == 9) setLazy(8, 2, 10);
	else if (level <= 12) setLazy(16, 2, 16);
	else if (level <= 14) setOptimal(8, 256, 96, 256, 2);
	else if (level <= 15) setOptimal(12, 512, 96, 192, 2);
	else if (level <= 18) setOptimal(48, 512, 256, 64, 2);
	else setOptimal(512, 1000, 1000, 0, 3);
}
