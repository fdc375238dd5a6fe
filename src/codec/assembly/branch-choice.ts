// Decides by the look of a block which branch filter pays for it.
import { ARM, ARM_THUMB, ARM64, RISC_V } from "./branch-filter";
import { isRiscVPair } from "./riscv-filter";
import { countX86Calls } from "./x86-filter";

/** Filter id of the .xz format, section 5.3.2. */
export const X86: u32 = 4;

/** A filter pays where a block has more than one call in so many bytes. */
const BYTES_PER_CALL: u32 = 400;

/**
 * Chooses the allowed filter (1 << id in `allowed`) whose calls are the most frequent in a block, the lowest id
 * of equals; 0 where calls are too rare for any. Noise has a tenth of the calls that it takes at most.
 */
export function chooseFilter(allowed: u32, address: u32, length: u32): u32 {
	let chosen: u32 = 0;
	let most = length / BYTES_PER_CALL;
	for (let filter = X86; filter <= RISC_V; ++filter) {
		if (((allowed >> filter) & 1) == 0) continue;
		const calls = countCalls(filter, address, length);
		if (calls <= most) continue;
		most = calls;
		chosen = filter;
	}
	return chosen;
}

/** Whether a block has so many calls of x86 that the filter would pay, be it allowed or not. */
export function hasX86Calls(address: u32, length: u32): boolean {
	return countX86Calls(address, length) > length / BYTES_PER_CALL;
}

function countCalls(filter: u32, address: u32, length: u32): u32 {
	if (filter == X86) return countX86Calls(address, length);
	if (filter == ARM) return countArmCalls(address, length);
	if (filter == ARM_THUMB) return countThumbCalls(address, length);
	if (filter == ARM64) return countArm64Calls(address, length);
	return countRiscVCalls(address, length);
}

/** Whether the `bits` highest bits of a signed number of `size` bits are equal: few calls go far. */
function isNear(value: u32, size: u32, bits: u32): boolean {
	const high = (value >> (size - bits)) & ((1 << bits) - 1);
	return high == 0 || high == (1 << bits) - 1;
}

/** BL, condition "always", within 4 MiB. */
function countArmCalls(address: u32, length: u32): u32 {
	let calls: u32 = 0;
	for (let at: u32 = 0; at + 4 <= length; at += 4) {
		const word = load<u32>(address + at);
		if (word >> 24 == 0xeb && isNear(word, 24, 4)) ++calls;
	}
	return calls;
}

/** BL in two half words. */
function countThumbCalls(address: u32, length: u32): u32 {
	let calls: u32 = 0;
	for (let at: u32 = 0; at + 4 <= length; at += 2) {
		if ((load<u32>(address + at) & 0xf800f800) == 0xf800f000) ++calls;
	}
	return calls;
}

/** BL within 16 MiB. */
function countArm64Calls(address: u32, length: u32): u32 {
	let calls: u32 = 0;
	for (let at: u32 = 0; at + 4 <= length; at += 4) {
		const word = load<u32>(address + at);
		if (word >> 26 == 0x25 && isNear(word, 26, 4)) ++calls;
	}
	return calls;
}

/** JAL of ra or t0, and AUIPC with an instruction that uses its result. */
function countRiscVCalls(address: u32, length: u32): u32 {
	let calls: u32 = 0;
	for (let at: u32 = 0; at + 8 <= length; at += 2) {
		const word = load<u32>(address + at);
		if ((word & 0xdff) == 0xef) ++calls;
		else if ((word & 0x7f) == 0x17 && (word & 0xe80) != 0 && isRiscVPair(word, load<u32>(address + at, 4))) {
			++calls;
		}
	}
	return calls;
}
