/** Raw LZ4 blocks, expanded; also those of hostile origin. */
import { INPUT, LEAST_MATCH, output } from "./lz4-map";

/** A match begins so many bytes before the end of what a block may expand to, at the latest. */
const MATCH_LIMIT: usize = 12;
/** What ends a block are literals, at least so many. */
const LAST_LITERALS: usize = 5;
/** What follows the literals before a match: its distance, the token of the last literals, and these. */
const AFTER_LITERALS: usize = 2 + 1 + LAST_LITERALS;

let input: usize = 0;
let out: usize = 0;

/** Adds the bytes of a long length; more than any block has where the input ends. */
function takeLength(length: usize, inputEnd: usize): usize {
	if (length < 15) return length;
	while (input < inputEnd) {
		const byte = <usize>load<u8>(input++);
		length += byte;
		if (byte < 255) return length;
	}
	return 0x7fffffff;
}

/**
 * Expands a block of `length` bytes at the input address, of hostile origin too. The end of a block is held to
 * what kernels demand of it, so that none is read here that they refuse (LZ4 block format, "End of block conditions").
 * @returns the expanded length, or -1 when the block is damaged or expands beyond `maximum`.
 */
export function decompress(length: usize, maximum: usize): i32 {
	const inputEnd = INPUT + length;
	const stop = output + maximum;
	input = INPUT;
	out = output;
	while (input < inputEnd) {
		const token = <usize>load<u8>(input++);
		const literals = takeLength(token >>> 4, inputEnd);
		if (literals > inputEnd - input || literals > stop - out) return -1;
		memory.copy(out, input, literals);
		out += literals;
		input += literals;
		if (input == inputEnd) return token & 15 ? -1 : <i32>(out - output);
		if (inputEnd - input < AFTER_LITERALS || out + MATCH_LIMIT > stop) return -1;
		const distance = <usize>load<u16>(input);
		input += 2;
		const count = takeLength(token & 15, inputEnd) + LEAST_MATCH;
		if (distance == 0 || distance > out - output || count + LAST_LITERALS > stop - out) return -1;
		const to = out + count;
		if (distance >= 8) for (; out < to; out += 8) store<u64>(out, load<u64>(out - distance));
		else for (; out < to; out++) store<u8>(out, load<u8>(out - distance));
		out = to;
	}
	return -1;
}
