// The range coder. Symbols are first spelled out as a queue of bits with the addresses of
// their probabilities (lzma-symbols.ts); one loop then codes the whole queue, so that range,
// low and the output address stay in registers.

/** Marks a queue entry of 1..15 bits of even chance: DIRECT | count << 24 | bits. */
export const DIRECT: u32 = 1 << 31;

const TOP: u32 = 1 << 24;
/** Adaptation: a chance moves 1/32 of its way to one of these. */
const RATE: i32 = 5;
const SURE_ZERO: i32 = 2048;
const SURE_ONE: i32 = 31;

/** Lower end of the interval; bit 32 is a carry into the bytes already written. */
let low: u64 = 0;
let range: u32 = 0;
/** Where the next byte goes. */
let output: u32 = 0;

/** Starts a code at `address`, with the zero byte that every LZMA code begins with. */
export function startCode(address: u32): void {
	low = 0;
	range = 0xffffffff;
	store<u8>(address, 0);
	output = address + 1;
}

/** Address after the bytes written so far; up to four more are pending. */
export function codeEnd(): u32 {
	return output;
}

/** Writes what is pending. */
export function finishCode(): void {
	addCarry(output, <u32>(low >> 32));
	store<u32>(output, bswap<u32>(<u32>low));
	output += 4;
}

function addCarry(end: u32, carry: u32): void {
	const last = load<u8>(end - 1) + carry;
	store<u8>(end - 1, last);
	if (last > 0xff) walkCarry(end - 2);
}

function walkCarry(address: u32): void {
	while (load<u8>(address) == 0xff) store<u8>(address--, 0);
	store<u8>(address, load<u8>(address) + 1);
}

/** Codes the queue entries of begin..end. */
export function encodeQueue(begin: u32, end: u32): void {
	let l = low;
	let r = range;
	let out = output;
	for (let entry = begin; entry < end; entry += 4) {
		const word = load<u32>(entry);
		if (word & DIRECT) {
			for (let shift = ((word >> 24) & 15) - 1; <i32>shift >= 0; --shift) {
				r >>= 1;
				l += r & -((word >> shift) & 1);
				if (r < TOP) {
					r <<= 8;
					addCarry(out, <u32>(l >> 32));
					store<u8>(out++, <u8>(l >> 24));
					l = (l & 0xffffff) << 8;
				}
			}
			continue;
		}
		const address = word >> 1;
		const chance: i32 = load<u16>(address);
		const isOne = -(word & 1);
		store<u16>(address, chance + ((SURE_ZERO + (isOne & (SURE_ONE - SURE_ZERO)) - chance) >> RATE));
		// A zero leaves range / 2^11 * chance, a one the rest. No branch, as bits cannot be predicted, and as
		// few instructions as can be: their number is what coding a bit costs.
		const bound = (r >> 11) * chance;
		l += bound & isOne;
		r = select<u32>(r - bound, bound, isOne != 0);
		if (r < TOP) {
			r <<= 8;
			addCarry(out, <u32>(l >> 32));
			store<u8>(out++, <u8>(l >> 24));
			l = (l & 0xffffff) << 8;
		}
	}
	low = l;
	range = r;
	output = out;
}
