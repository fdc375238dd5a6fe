/**
 * Shannon's estimate of what a set of symbols costs when coded, in integers, so that it is the
 * same on every machine.
 *
 * Memory: LOGS 257 u16: log2(1 + i/256) in 1/4096 bit.
 */
const LOGS: usize = memory.data(257 * 2, 16);

/** log2(1 + fraction/256) in 1/4096 bit, one bit of the result per squaring. */
function mantissaLog(fraction: u64): u32 {
	if (fraction == 256) return 4096;
	let mantissa: u64 = (256 + fraction) << 22;
	let result: u32 = 0;
	for (let bit = 0; bit < 12; bit++) {
		mantissa = (mantissa * mantissa) >> 30;
		result <<= 1;
		if (mantissa >= (<u64>1) << 31) {
			mantissa >>= 1;
			result |= 1;
		}
	}
	return result;
}

function fillLogs(): void {
	for (let i: u32 = 0; i <= 256; i++) store<u16>(LOGS + (i << 1), mantissaLog(i));
}
fillLogs();

/** log2(x) in 1/256 bit, for x from 1 to 2^24. */
export function log2(x: u32): u32 {
	const whole = 31 - clz(x);
	const fraction = whole <= 8 ? (x << (8 - whole)) & 255 : (x >>> (whole - 8)) & 255;
	return (whole << 8) + ((<u32>load<u16>(LOGS + (fraction << 1)) + 8) >>> 4);
}

/** Bits that `symbols` u32 frequencies cost in an ideal code of their own. */
export function entropyBits(frequencies: usize, symbols: i32): u32 {
	let total: u32 = 0;
	let bits: u64 = 0;
	for (const end = frequencies + ((<usize>symbols) << 2); frequencies < end; frequencies += 4) {
		const frequency = load<u32>(frequencies);
		if (frequency == 0) continue;
		total += frequency;
		bits += <u64>frequency * log2(frequency);
	}
	return total == 0 ? 0 : <u32>((<u64>total * log2(total) - min(bits, <u64>total * log2(total))) >>> 8);
}
