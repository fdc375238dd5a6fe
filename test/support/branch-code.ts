import type { BranchFilter } from "../../src/codec/index.js";

/** Ids of branch filters in .xz block headers (.xz file format 1.2.1, section 5.3.2). */
export const FILTER_IDS: Readonly<Record<BranchFilter, number>> = {
	x86: 4,
	arm: 7,
	armthumb: 8,
	arm64: 10,
	riscv: 11,
};

function numbers(seed: number): (below: number) => number {
	let state = seed | 1;
	return (below) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return (state >>> 8) % below;
	};
}

/** Writes a call of the function at byte `target` from byte `at`, and returns how long it is. */
type WriteCall = (bytes: Buffer, at: number, target: number) => number;

const CALLS: Readonly<Record<BranchFilter, WriteCall>> = {
	x86(bytes, at, target) {
		bytes[at] = 0xe8;
		bytes.writeInt32LE(target - at - 5, at + 1);
		return 5;
	},
	arm(bytes, at, target) {
		return bytes.writeUInt32LE((0xeb000000 | (((target - at - 8) >> 2) & 0xffffff)) >>> 0, at) - at;
	},
	armthumb(bytes, at, target) {
		const offset = (target - at - 4) >> 1;
		bytes.writeUInt16LE(0xf000 | ((offset >> 11) & 0x7ff), at);
		return bytes.writeUInt16LE(0xf800 | (offset & 0x7ff), at + 2) - at;
	},
	arm64(bytes, at, target) {
		return bytes.writeUInt32LE((0x94000000 | (((target - at) >> 2) & 0x3ffffff)) >>> 0, at) - at;
	},
	riscv(bytes, at, target) {
		const offset = target - at;
		if (at % 16 >= 8) {
			// AUIPC t1, then JALR ra, t1.
			const low = ((offset & 0xfff) ^ 0x800) - 0x800;
			bytes.writeUInt32LE((((offset - low) & 0xfffff000) | 0x317) >>> 0, at);
			return bytes.writeUInt32LE((((low & 0xfff) << 20) | 0x300e7) >>> 0, at + 4) - at;
		}
		const word =
			(offset & 0xff000) | ((offset & 0x800) << 9) | ((offset & 0x7fe) << 20) | ((offset & 0x100000) << 11);
		return bytes.writeUInt32LE((word | 0xef) >>> 0, at) - at;
	},
};

/** Code of an architecture, made up: instructions of a small vocabulary, and calls of a few functions from everywhere. */
export function branchCode(filter: BranchFilter, length: number, seed = 1): Buffer {
	const next = numbers(seed);
	const bytes = Buffer.alloc(length);
	const step = filter === "armthumb" || filter === "riscv" ? 2 : 4;
	const functions = Array.from({ length: 20 }, () => step * next(length / step));
	for (let at = 0; at + 16 <= length; ) {
		if (next(6) === 0) {
			at += CALLS[filter](bytes, at, functions[next(functions.length)]!);
			continue;
		}
		// Nothing that looks like a call: the low bits are those of other instructions.
		bytes.writeUInt16LE(0x4601 | (next(40) << 3), at);
		if (step === 4) bytes.writeUInt16LE(0xe080 | next(8), at + 2);
		at += step;
	}
	return bytes;
}

/** Bytes that are mostly halves of calls and changed calls, where filters tell least what is one. */
export function branchNoise(filter: BranchFilter, length: number, seed: number): Buffer {
	const next = numbers(seed);
	const bytes = branchCode(filter, length, seed);
	for (let at = 0; at + 4 <= length; at += 2 + 2 * next(8)) {
		if (next(3) === 0) bytes.writeUInt16LE([0x17, 0x117, 0x3117, 0xef, 0xf800, 0x97, 0xe8][next(7)]!, at);
		if (next(5) === 0) bytes.writeUInt32LE(next(1 << 24) * 256 + next(256), at);
	}
	return bytes;
}
