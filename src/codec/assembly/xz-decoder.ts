/**
 * LZMA2 chunks, as an .xz block holds them, of hostile origin too. The container around them
 * is parsed in `xz-decoder.ts` of the codec room.
 *
 * Memory map: PROBABILITIES u16 (see lzma-chances.ts) and what lasts over chunks; at INPUT the whole stream and SLACK
 * zero bytes, after it the whole output, which is the dictionary as well. The chunk decoder
 * looks where the input ends once a symbol, and no symbol takes more than SLACK bytes.
 */

import { unfilterBranches } from "./branch-filter";
import { crc64 } from "./crc64";
import { PROBABILITIES } from "./lzma-chances";
import { decodeChunk } from "./lzma-chunk-decoder";
import { resetState, setProperties } from "./lzma-decoder-state";

export { crc64, unfilterBranches };

const INPUT: usize = 0x20000;
const SLACK: usize = 64;

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = PROBABILITIES;

let input: usize = 0;
let out: usize = 0;

/** Makes room for a stream of `length` bytes that expands to `maximum` at most. */
export function prepare(length: usize, maximum: usize): usize {
	const pages = <i32>((outputAddress(length) + maximum + SLACK + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	memory.fill(INPUT + length, 0, SLACK);
	return INPUT;
}

/** Where the output of a stream of `length` bytes begins. */
export function outputAddress(length: usize): usize {
	return (INPUT + length + SLACK + 15) & ~15;
}

/** Where the input goes on after `lzma2`. */
export function inputPlace(): usize {
	return input;
}

/** What the decoder still asks of the next chunk. */
const NEEDS_NOTHING = 0;
const NEEDS_PROPERTIES = 1;
const NEEDS_DICTIONARY = 2;

/**
 * Expands LZMA2 chunks from `from` on to `to`, up to their end mark.
 * @returns the expanded length, or -1 when the data is damaged.
 */
export function lzma2(from: usize, inputEnd: usize, to: usize, maximum: usize, dictionary: u32): i32 {
	const outputLimit = to + maximum;
	let needs = NEEDS_DICTIONARY;
	input = from;
	out = to;
	let dictionaryStart = to;
	for (;;) {
		if (input >= inputEnd) return -1;
		const control = <u32>load<u8>(input);
		if (control == 0) break;
		if (control >= 0xe0 || control == 1) {
			dictionaryStart = out;
			needs = control == 1 ? NEEDS_PROPERTIES : NEEDS_NOTHING;
		} else if (needs == NEEDS_DICTIONARY) return -1;
		if (control < 0x80) {
			if (control > 2) return -1;
			const size = <usize>bswap<u16>(load<u16>(input, 1)) + 1;
			input += 3;
			if (size > inputEnd - min(input, inputEnd) || size > outputLimit - out) return -1;
			memory.copy(out, input, size);
			out += size;
			input += size;
			continue;
		}
		const size = <usize>(((control & 31) << 16) + bswap<u16>(load<u16>(input, 1))) + 1;
		const packed = <usize>bswap<u16>(load<u16>(input, 3)) + 1;
		input += 5;
		if (control >= 0xc0) {
			if (!setProperties(load<u8>(input++))) return -1;
			resetState();
		} else if (needs != NEEDS_NOTHING) return -1;
		else if (control >= 0xa0) resetState();
		needs = NEEDS_NOTHING;
		if (packed < 5 || input + packed > inputEnd || size > outputLimit - out) return -1;
		if (!decodeChunk(input, input + packed, out, out + size, dictionaryStart, dictionary)) return -1;
		input += packed;
		out += size;
	}
	input++;
	return <i32>(out - to);
}
