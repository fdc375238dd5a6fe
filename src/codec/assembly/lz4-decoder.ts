/** Raw LZ4 blocks, expanded; also those of hostile origin. */
import { INPUT, LEAST_MATCH, output } from "./lz4-map";

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
 * Expands a block of `length` bytes at the input address, of hostile origin too.
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
		if (input + 2 > inputEnd) return -1;
		const distance = <usize>load<u16>(input);
		input += 2;
		const count = takeLength(token & 15, inputEnd) + LEAST_MATCH;
		if (distance == 0 || distance > out - output || count > stop - out) return -1;
		const to = out + count;
		if (distance >= 8) for (; out < to; out += 8) store<u64>(out, load<u64>(out - distance));
		else for (; out < to; out++) store<u8>(out, load<u8>(out - distance));
		out = to;
	}
	return -1;
}
