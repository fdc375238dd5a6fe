// The x86 branch filter of .xz: turns the relative targets of calls and jumps into absolute
// ones, so that calls of one function look alike.

import { equalBytes } from "./wide";

const CALL: u32 = 0xe8;
const JUMP: u32 = 0xe9;
/** Bytes looked at together. */
const GROUP: u32 = 16;
/** The filter looks at opcode and four target bytes. */
const INSTRUCTION: u32 = 5;

/** How many calls a block seems to have: bytes E8 with a target of 00 or FF in the highest byte. */
export function countX86Calls(address: u32, length: u32): u32 {
	let calls: u32 = 0;
	const end = address + length;
	for (; address + INSTRUCTION + GROUP <= end; address += GROUP) {
		const signs = equalBytes(address + 4, 0) | equalBytes(address + 4, 0xff);
		calls += popcnt(equalBytes(address, CALL) & signs);
	}
	for (; address + INSTRUCTION <= end; ++address) {
		if (load<u8>(address) == CALL && isSignByte(load<u8>(address, 4))) ++calls;
	}
	return calls;
}

function isSignByte(byte: u32): boolean {
	return byte == 0 || byte == 0xff;
}

/**
 * Filters a block in place. After an opcode byte that was not a branch, the next four bytes may
 * only be part of one if the way back stays clear; `recent` has a bit for each of the last
 * positions (bit 0 the nearest) where an opcode byte stood, and bit 4 up where such a byte's
 * fifth was a sign byte. This is the filter as the format defines it, quirks included.
 */
export function filterX86(address: u32, length: u32): void {
	if (length < INSTRUCTION) return;
	const end = length - INSTRUCTION;
	let recent: u32 = 0;
	let lastOpcode: i32 = -(<i32>INSTRUCTION);
	for (let position: u32 = 0; position <= end; ) {
		const at = address + position;
		const opcodes = equalBytes(at, CALL) | equalBytes(at, JUMP);
		if (!(opcodes & 1)) {
			position += opcodes ? ctz(opcodes) : GROUP;
			continue;
		}
		recent = ageMask(recent, <i32>position - lastOpcode);
		lastOpcode = position;
		const sign: u32 = load<u8>(at, 4);
		if (isSignByte(sign) && isClear(recent >> 1)) {
			storeTarget(at, absoluteTarget(load<u32>(at, 1), position + INSTRUCTION, recent >> 1));
			position += INSTRUCTION;
			recent = 0;
		} else {
			++position;
			recent |= isSignByte(sign) ? 0x11 : 1;
		}
	}
}

function ageMask(recent: u32, distance: i32): u32 {
	if (distance > <i32>INSTRUCTION) return 0;
	for (; distance > 0; --distance) recent = (recent & 0x77) << 1;
	return recent;
}

/** At most one opcode byte in the last three, and none of the kind that bit 4 marks. */
function isClear(before: u32): boolean {
	return before < 0x10 && popcnt(before & 7) < 2;
}

/** Adds the position; repeats with a byte inverted where the result would be misread backwards. */
function absoluteTarget(target: u32, position: u32, before: u32): u32 {
	let result = target + position;
	if (before == 0) return result;
	const bits = (32 - clz(before)) << 3;
	while (isSignByte((result >> (24 - bits)) & 0xff)) {
		result = (result ^ ((1 << (32 - bits)) - 1)) + position;
	}
	return result;
}

/** Stores the low 25 bits, the highest of them as a sign byte. */
function storeTarget(at: u32, target: u32): void {
	store<u32>(at, (target & 0x01ffffff) | -(target & 0x01000000), 1);
}
