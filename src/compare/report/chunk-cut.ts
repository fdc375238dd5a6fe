/** Chunks like those of casync and desync: 16 KiB on average, from 4 to 64 KiB. */
const MINIMUM = 4 << 10;
export const LONGEST_CHUNK: number = 64 << 10;
/** 14 bits of the rolling hash, which are all zero once in 16 KiB. The upper bits depend on most bytes. */
const CUT_MASK = 0xfffc0000;

/**
 * Returns where the first chunk of `bytes` ends (gear hash: shift, then add the number of the byte). It depends
 * on the bytes of the chunk alone, unless `bytes` end first.
 */
export function chunkLength(bytes: Uint8Array): number {
	const end = Math.min(bytes.length, LONGEST_CHUNK);
	const gear = GEAR;
	let state = 0;
	for (let i = MINIMUM - 32; i < MINIMUM && i < end; i++) state = ((state << 1) + gear[bytes[i]!]!) | 0;
	for (let i = MINIMUM; i < end; i++) {
		state = ((state << 1) + gear[bytes[i]!]!) | 0;
		if ((state & CUT_MASK) === 0) return i + 1;
	}
	return end;
}

/** A number for every byte value, from xorshift with a fixed seed. */
const GEAR: Int32Array = gearNumbers();

function gearNumbers(): Int32Array {
	const numbers = new Int32Array(256);
	let state = 0x2545f491;
	for (let i = 0; i < numbers.length; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		numbers[i] = state;
	}
	return numbers;
}
