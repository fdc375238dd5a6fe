/**
 * The branch filters of the .xz format: decoding makes absolute targets of calls and jumps relative again,
 * encoding makes them absolute. In place; addresses count from `start` at the block's first byte. Filters that
 * work both ways have a `sign`: what a place counts, 1 when targets become absolute, -1 back.
 */
import { decodeRiscV, encodeRiscV } from "./riscv-filter";

/** Filter ids of the .xz format, section 5.3.2. */
const X86: u32 = 4;
const POWERPC: u32 = 5;
const IA64: u32 = 6;
export const ARM: u32 = 7;
export const ARM_THUMB: u32 = 8;
const SPARC: u32 = 9;
export const ARM64: u32 = 10;
export const RISC_V: u32 = 11;

const ENCODE: u32 = 1;
const DECODE: u32 = 0xffffffff;

function isSignByte(byte: u32): bool {
	return byte == 0 || byte == 0xff;
}

/** How many low bytes of an operand an earlier opcode byte overlaps, by the three newest marks. */
const OVERLAPS: StaticArray<u8> = [0, 1, 2, 2, 3];

/**
 * E8 (call) and E9 (jump) whose target's top byte is 00 or FF. `marks` remembers opcode bytes
 * among the last few bytes: they may be part of this operand, or this one of theirs, and the
 * encoder left such cases alone by the same rule.
 */
function x86(data: usize, length: usize, start: u32): void {
	if (length < 5) return;
	const last = data + length - 5;
	let marks: u32 = 0;
	let previous = data - 5;
	let at = data;
	while (at <= last) {
		if ((load<u8>(at) & 0xfe) != 0xe8) {
			at++;
			continue;
		}
		const gap = at - previous;
		previous = at;
		if (gap > 5) marks = 0;
		else for (let i: usize = 0; i < gap; i++) marks = (marks & 0x77) << 1;
		const plausible = isSignByte(load<u8>(at, 4));
		const recent = marks >>> 1;
		if (!plausible || recent > 4 || recent == 3) {
			at++;
			marks |= plausible ? 0x11 : 1;
			continue;
		}
		const target = x86Target(load<u32>(at, 1), start + <u32>(at - data) + 5, marks);
		store<u32>(at, (target & 0xffffff) | (0 - (target & 0x1000000)), 1);
		at += 5;
		marks = 0;
	}
}

function x86Target(source: u32, next: u32, marks: u32): u32 {
	const target = source - next;
	if (marks == 0) return target;
	const shift = 24 - 8 * <u32>OVERLAPS[marks >>> 1];
	if (!isSignByte((target >>> shift) & 255)) return target;
	return x86Target(target ^ <u32>(((<u64>1) << (shift + 8)) - 1), next, marks);
}

/** BL, condition "always". */
function arm(data: usize, length: usize, start: u32, sign: u32): void {
	for (let at: usize = 0; at + 4 <= length; at += 4) {
		const word = load<u32>(data + at);
		if (word >>> 24 != 0xeb) continue;
		const target = (word << 2) + sign * (start + <u32>at + 8);
		store<u32>(data + at, 0xeb000000 | ((target >>> 2) & 0xffffff));
	}
}

/** BL in two half words, each with 11 bits of the target. */
function armThumb(data: usize, length: usize, start: u32, sign: u32): void {
	for (let at: usize = 0; at + 4 <= length; at += 2) {
		const word = load<u32>(data + at);
		if ((word & 0xf800f800) != 0xf800f000) continue;
		const source = ((word & 0x7ff) << 11) | ((word >>> 16) & 0x7ff);
		const target = ((source << 1) + sign * (start + <u32>at + 4)) >>> 1;
		store<u32>(data + at, 0xf800f000 | ((target >>> 11) & 0x7ff) | ((target & 0x7ff) << 16));
		at += 2;
	}
}

/** BL, and ADRP where the page is within 512 MiB. */
function arm64(data: usize, length: usize, start: u32, sign: u32): void {
	for (let at: usize = 0; at + 4 <= length; at += 4) {
		const word = load<u32>(data + at);
		const place = start + <u32>at;
		if (word >>> 26 == 0x25) {
			store<u32>(data + at, 0x94000000 | ((word + sign * (place >>> 2)) & 0x3ffffff));
		} else if ((word & 0x9f000000) == 0x90000000) {
			const source = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc);
			if ((source + 0x20000) & 0x1c0000) continue;
			const target = source + sign * (place >>> 12);
			const high = (0 - (target & 0x20000)) & 0xe00000;
			store<u32>(data + at, (word & 0x9000001f) | ((target & 3) << 29) | ((target & 0x3fffc) << 3) | high);
		}
	}
}

/** B with link, absolute bit clear; big endian. */
function powerPc(data: usize, length: usize, start: u32): void {
	for (let at: usize = 0; at + 4 <= length; at += 4) {
		const word = bswap<u32>(load<u32>(data + at));
		if ((word & 0xfc000003) != 0x48000001) continue;
		const target = (word & 0x3fffffc) - (start + <u32>at);
		store<u32>(data + at, bswap<u32>(0x48000001 | (target & 0x3fffffc)));
	}
}

/** CALL whose displacement is a sign-extended 22-bit number; big endian. */
function sparc(data: usize, length: usize, start: u32): void {
	for (let at: usize = 0; at + 4 <= length; at += 4) {
		const word = bswap<u32>(load<u32>(data + at));
		if (word >>> 22 != 0x100 && word >>> 22 != 0x1ff) continue;
		const target = ((word << 2) - (start + <u32>at)) >>> 2;
		const sign = ((0 - ((target >>> 22) & 1)) << 22) & 0x3fffffff;
		store<u32>(data + at, bswap<u32>(sign | (target & 0x3fffff) | 0x40000000));
	}
}

/** Which of a bundle's three slots may hold a branch, by its template. */
const IA64_SLOTS: StaticArray<u8> = [
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 6, 6, 0, 0, 7, 7, 4, 4, 0, 0, 4, 4, 0, 0,
];

/** IP-relative calls in 128-bit bundles of three 41-bit slots. */
function ia64(data: usize, length: usize, start: u32): void {
	for (let at: usize = 0; at + 16 <= length; at += 16) {
		const slots = <u32>IA64_SLOTS[load<u8>(data + at) & 31];
		for (let slot: u32 = 0; slot < 3; slot++) {
			if (((slots >>> slot) & 1) == 0) continue;
			const bit = 5 + 41 * slot;
			// The six bytes that hold the slot; the last slot ends with the bundle.
			const place = data + at + (bit >>> 3);
			const word = <u64>load<u32>(place) | ((<u64>load<u16>(place, 4)) << 32);
			const shift = <u64>(bit & 7);
			const slotBits = word >>> shift;
			if (((slotBits >>> 37) & 15) != 5 || ((slotBits >>> 9) & 7) != 0) continue;
			const source = <u32>((slotBits >>> 13) & 0xfffff) | ((<u32>((slotBits >>> 36) & 1)) << 20);
			const target = <u64>(((source << 4) - (start + <u32>at)) >>> 4);
			const moved =
				(slotBits & ~((<u64>0x8fffff) << 13)) | ((target & 0xfffff) << 13) | ((target & 0x100000) << 16);
			const joined = (word & (((<u64>1) << shift) - 1)) | (moved << shift);
			store<u32>(place, <u32>joined);
			store<u16>(place, <u16>(joined >>> 32), 4);
		}
	}
}

/** Makes the targets of a block absolute: ARM, ARM_THUMB, ARM64 or RISC_V; addresses count from its first byte. */
export function filterBranches(filter: u32, data: usize, length: usize): void {
	if (filter == ARM) arm(data, length, 0, ENCODE);
	else if (filter == ARM_THUMB) armThumb(data, length, 0, ENCODE);
	else if (filter == ARM64) arm64(data, length, 0, ENCODE);
	else encodeRiscV(data, length);
}

/** @returns false for a filter that is not one of these. */
export function unfilterBranches(filter: u32, data: usize, length: usize, start: u32): bool {
	if (filter == X86) x86(data, length, start);
	else if (filter == POWERPC) powerPc(data, length, start);
	else if (filter == IA64) ia64(data, length, start);
	else if (filter == ARM) arm(data, length, start, DECODE);
	else if (filter == ARM_THUMB) armThumb(data, length, start, DECODE);
	else if (filter == SPARC) sparc(data, length, start);
	else if (filter == ARM64) arm64(data, length, start, DECODE);
	else if (filter == RISC_V) decodeRiscV(data, length, start);
	else return false;
	return true;
}
