// Decides by the look of a block how it is coded: what it is, lc, lp and pb, and whether it is worth trying.
import { INPUT, LANE_COUNTS, QUAD_LINKS } from "./lzma-memory";

/** What a block is: nothing of the following, 7-bit text, words of four bytes, or x86 code that is not words. */
const OTHER: u32 = 0;
export const TEXT: u32 = 1;
export const WORDS: u32 = 2;
export const X86_CODE: u32 = 3;

/** What chooseParameters found, */
export let content: u32 = OTHER;
/** and what it chose. */
export let lc: u32 = 3;
export let lp: u32 = 0;
export let pb: u32 = 2;

/** A quarter of a large block is looked at: one window out of four. */
const WINDOW: u32 = 64;
const WINDOW_STEP: u32 = 256;
/** Blocks up to this are looked at whole; smaller ones than MIN_SAMPLE tell too little. */
const WHOLE_BLOCK: u32 = 16384;
const MIN_SAMPLE: u32 = 2048;
/** Entropies are in 1/256 bit. */
const LOG_BITS: u32 = 8;
/** Information that a position modulo four gives of a byte: in AArch64 code and tables of words. */
const MIN_WORD_INFORMATION: u32 = 38; // 0.15 bit
/** Order-0 entropy of compressed data. */
const MIN_NOISE: u32 = 2022; // 7.9 bits

/** Bytes that were counted, and their entropy. */
let sampled: u32 = 0;
let entropy: u32 = 0;

/**
 * Looks at the block in INPUT, says what it is and chooses lc, lp and pb.
 * @param isHalfWords it is code of instructions of two bytes and more.
 * @param isX86 it has as many calls as x86 code.
 */
export function chooseParameters(length: u32, isHalfWords: boolean, isX86: boolean): void {
	countLanes(length);
	content = isX86 ? X86_CODE : OTHER;
	lc = 3;
	lp = 0;
	pb = 2;
	const lanes = laneEntropy();
	const text = mergeLanes();
	entropy = sampled < MIN_SAMPLE ? 0 : entropyOf(LANE_COUNTS, sampled) / sampled;
	if (isHalfWords) {
		lc = 2;
		lp = 1;
		pb = 1;
		return;
	}
	if (sampled < MIN_SAMPLE) return;
	if (text * 10 > sampled * 9) {
		content = TEXT;
		pb = 0;
	} else if (entropy > lanes + MIN_WORD_INFORMATION) {
		content = WORDS;
		lc = 0;
		lp = 2;
	}
}

/** Counts bytes by their position modulo four. */
function countLanes(length: u32): void {
	memory.fill(LANE_COUNTS, 0, 4 * 1024);
	const step = length <= WHOLE_BLOCK ? WINDOW : WINDOW_STEP;
	sampled = 0;
	for (let start: u32 = 0; start + WINDOW <= length; start += step) {
		for (let position = start; position < start + WINDOW; position += 4) {
			const word = load<u32>(position, INPUT);
			count(LANE_COUNTS, word & 0xff);
			count(LANE_COUNTS + 1024, (word >> 8) & 0xff);
			count(LANE_COUNTS + 2048, (word >> 16) & 0xff);
			count(LANE_COUNTS + 3072, word >> 24);
		}
		sampled += WINDOW;
	}
}

function count(counts: u32, byte: u32): void {
	const at = counts + (byte << 2);
	store<u32>(at, load<u32>(at) + 1);
}

/** Mean entropy of a byte when its position modulo four is known. */
function laneEntropy(): u32 {
	if (sampled == 0) return 0;
	let sum: u32 = 0;
	for (let lane: u32 = 0; lane < 4; ++lane) sum += entropyOf(LANE_COUNTS + (lane << 10), sampled >> 2);
	return sum / sampled;
}

/** Adds all lanes into the first. @returns how many of the bytes are 7-bit text. */
function mergeLanes(): u32 {
	let text: u32 = 0;
	for (let byte: u32 = 0; byte < 256; ++byte) {
		const at = LANE_COUNTS + (byte << 2);
		const all = load<u32>(at) + load<u32>(at, 1024) + load<u32>(at, 2048) + load<u32>(at, 3072);
		store<u32>(at, all);
		if ((byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d)) text += all;
	}
	return text;
}

/** Entropy of 256 counts, times their sum. */
function entropyOf(counts: u32, sum: u32): u32 {
	let result = timesLogarithm(sum);
	for (let at = counts; at < counts + 1024; at += 4) result -= timesLogarithm(load<u32>(at));
	return result;
}

/** count * log2(count); between powers of two a parabola is within 0.01. */
function timesLogarithm(count: u32): u32 {
	if (count < 2) return 0;
	const exponent = 31 - clz(count);
	const fraction = ((count << (31 - exponent)) >> 16) & 0x7fff;
	const bulge = (((fraction * (0x8000 - fraction)) >> 15) * 11) >> 5;
	return count * ((exponent << LOG_BITS) + ((fraction + bulge) >> (15 - LOG_BITS)));
}

/** True when the block looks like noise and, once linked, has hardly a repeat of four bytes. */
export function isIncompressible(length: u32): boolean {
	if (entropy < MIN_NOISE) return false;
	let repeats: u32 = 0;
	for (let position: u32 = 0; position < length; position += 16) {
		const earlier = load<i32>(position << 2, QUAD_LINKS);
		if (earlier >= 0 && load<u32>(earlier, INPUT) == load<u32>(position, INPUT)) ++repeats;
	}
	return repeats * 2048 < length;
}
