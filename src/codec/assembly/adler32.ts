/** Adler-32 of `length` bytes at `data` (RFC 1950, section 8.2). */
export function adler32(data: usize, length: usize): u32 {
	// 5552 is the longest run after which neither sum can have left 32 bits.
	const RUN: usize = 5552;
	let low: u32 = 1;
	let high: u32 = 0;
	const end = data + length;
	while (data < end) {
		const stop = min(data + RUN, end);
		for (; data < stop; data++) {
			low += load<u8>(data);
			high += low;
		}
		low %= 65521;
		high %= 65521;
	}
	return (high << 16) | low;
}
