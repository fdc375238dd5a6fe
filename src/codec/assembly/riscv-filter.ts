/**
 * The RISC-V branch filter of the .xz format, both ways. It changes JAL with ra or t0 as its link, whose 20
 * bits of target become a big-endian address, and pairs of AUIPC and an instruction with its result as rs1:
 * they become an AUIPC of x2, which programs do not have, with 20 bits of the second instruction, and
 * a big-endian address. Data that looks like such a changed pair is swapped the same way,
 * but without an address, so that every byte comes back.
 */

const JAL: u32 = 0xef;
const AUIPC: u32 = 0x17;
/** AUIPC whose rd is x2. */
const MARKED_AUIPC: u32 = AUIPC | (2 << 7);
const HIGH_20: u32 = 0xfffff000;

/** Whether an AUIPC is followed by an instruction of 32 bits that is not a jump or branch, with its rd as rs1. */
export function isRiscVPair(auipc: u32, next: u32): boolean {
	return (((auipc << 8) ^ (next - 3)) & 0xf8003) == 0;
}

/** Whether an AUIPC is a changed pair, so that the register in its top bits can have been that of a pair. */
function isMarked(auipc: u32): boolean {
	return (auipc - 0x3117) << 18 < ((auipc >>> 27) & 0x1d);
}

/** JAL with rd 1 or 5. */
function isCall(word: u32): boolean {
	return (word & 0xdff) == JAL;
}

function isAuipc(word: u32): boolean {
	return (word & 0x7f) == AUIPC;
}

/** rd is neither x0 nor x2. */
function hasOwnRegister(auipc: u32): boolean {
	return (auipc & 0xe80) != 0;
}

/** Makes targets absolute; addresses count from the first byte. */
export function encodeRiscV(data: usize, length: usize): void {
	for (let at: usize = 0; at + 8 <= length; at += 2) {
		const place = data + at;
		const word = load<u32>(place);
		if (isCall(word)) {
			encodeCall(place, word, <u32>at);
			at += 2;
		} else if (isAuipc(word)) {
			at += encodeAuipc(place, word, <u32>at);
		}
	}
}

/** Makes targets relative again. */
export function decodeRiscV(data: usize, length: usize, start: u32): void {
	for (let at: usize = 0; at + 8 <= length; at += 2) {
		const place = data + at;
		const word = load<u32>(place);
		if (isCall(word)) {
			decodeCall(place, word, start + <u32>at);
			at += 2;
		} else if (isAuipc(word)) {
			at += decodeAuipc(place, word, start + <u32>at);
		}
	}
}

/** The immediate of a JAL lies in its word as bits 20, 10 to 1, 11, 19 to 12. */
function encodeCall(place: usize, word: u32, address: u32): void {
	const offset =
		(word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe) | ((word >>> 11) & 0x100000);
	const target = offset + address;
	store<u32>(
		place,
		(word & 0xfff) | ((target >>> 5) & 0xf000) | ((target << 7) & 0xff0000) | ((target << 23) & 0xff000000),
	);
}

function decodeCall(place: usize, word: u32, address: u32): void {
	const target = ((word & 0xf000) << 5) | ((word >>> 7) & 0x1fe00) | ((word >>> 23) & 0x1fe);
	const offset = target - address;
	store<u32>(
		place,
		(word & 0xfff) |
			(offset & 0xff000) |
			((offset & 0x800) << 9) |
			((offset & 0x7fe) << 20) |
			((offset & 0x100000) << 11),
	);
}

/** @returns bytes to go on by, besides the two that every step takes. */
function encodeAuipc(place: usize, word: u32, address: u32): usize {
	const next = load<u32>(place, 4);
	if (hasOwnRegister(word)) {
		if (!isRiscVPair(word, next)) return 4;
		const target = (word & HIGH_20) + (next >>> 20) - ((next >>> 19) & 0x1000) + address;
		store<u32>(place, MARKED_AUIPC | (next << 12));
		store<u32>(place, bswap<u32>(target), 4);
		return 6;
	}
	if (!isMarked(word)) return 2;
	store<u32>(place, AUIPC | ((word >>> 27) << 7) | (next & HIGH_20));
	store<u32>(place, (word >>> 12) | (next << 20), 4);
	return 6;
}

/** @returns bytes to go on by, besides the two that every step takes. */
function decodeAuipc(place: usize, word: u32, address: u32): usize {
	const next = load<u32>(place, 4);
	if (hasOwnRegister(word)) {
		if (!isRiscVPair(word, next)) return 4;
		store<u32>(place, MARKED_AUIPC | (next << 12));
		store<u32>(place, (word & HIGH_20) + (next >>> 20), 4);
		return 6;
	}
	if (!isMarked(word)) return 2;
	const target = bswap<u32>(next) - address;
	store<u32>(place, AUIPC | ((word >>> 27) << 7) | ((target + 0x800) & HIGH_20));
	store<u32>(place, (word >>> 12) | (target << 20), 4);
	return 6;
}
