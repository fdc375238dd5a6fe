/**
 * LZMA chunks. There is slack after the input and the output, more than a symbol takes.
 */
import * as lzma from "./lzma-chances";
import { CARRIED, literalContextBits, literalPositionMask, positionMask } from "./lzma-decoder-state";
import { copySixteen } from "./wide";

/** Copies `count` bytes that lie `back` before `to`, up to fifteen more where they are far enough. */
function copyMatch(to: usize, back: usize, count: usize): void {
	const end = to + count;
	if (back >= 16) for (; to < end; to += 16) copySixteen(to, to - back);
	else if (back >= 8) for (; to < end; to += 8) store<u64>(to, load<u64>(to - back));
	else for (; to < end; to++) store<u8>(to, load<u8>(to - back));
}

/**
 * Decodes one LZMA chunk at `input`, which has to end at `inputEnd`, to `out` up to `outputEnd`.
 *
 * This is one function, with everything in locals: V8 keeps locals in registers and globals in memory, and each
 * bit waits for the one before. Bits that decide what comes next (flags) branch; bits of values do not, as nothing can
 * predict them, and in trees the chances of both children, which lie side by side, are loaded before the bit is known.
 *
 * @param start where the dictionary begins; @param dictionarySize bytes that a distance may reach back.
 * @returns whether the chunk is sound.
 */
export function decodeChunk(
	input: usize,
	inputEnd: usize,
	out: usize,
	outputEnd: usize,
	start: usize,
	dictionarySize: u32,
): bool {
	if (load<u8>(input) != 0) return false;
	let range: u32 = 0xffffffff;
	let code: u32 = bswap<u32>(load<u32>(input, 1));
	let at = input + 5;
	let now = load<u32>(CARRIED);
	let first = load<u32>(CARRIED, 4);
	let second = load<u32>(CARRIED, 8);
	let third = load<u32>(CARRIED, 12);
	let fourth = load<u32>(CARRIED, 16);
	const positions = positionMask;
	const literalPositions = literalPositionMask;
	const contextBits = literalContextBits;
	let slot: usize;
	let chance: u32;
	let bound: u32;
	let node: u32;
	while (out < outputEnd) {
		if (at > inputEnd) return false;
		const position = <u32>(out - start);
		const positionState = position & positions;

		slot = lzma.PROBABILITIES + lzma.IS_MATCH + (now << 5) + (positionState << 1);
		chance = load<u16>(slot);
		if (range < lzma.TOP) {
			range <<= 8;
			code = (code << 8) | load<u8>(at++);
		}
		bound = (range >>> 11) * chance;
		if (code < bound) {
			range = bound;
			store<u16>(slot, lzma.raised(chance));
			const before: u32 = position == 0 ? 0 : load<u8>(out - 1);
			const context = ((position & literalPositions) << contextBits) + (before >>> (8 - contextBits));
			const tree = lzma.PROBABILITIES + lzma.LITERALS + 0x600 * <usize>context;
			node = 1;
			if (now < 7) {
				chance = load<u16>(tree, 2);
				do {
					const children = load<u32>(tree + (node << 2));
					if (range < lzma.TOP) {
						range <<= 8;
						code = (code << 8) | load<u8>(at++);
					}
					bound = (range >>> 11) * chance;
					const isZero = code < bound;
					store<u16>(tree + (node << 1), lzma.adapted(chance, isZero));
					range = select<u32>(bound, range - bound, isZero);
					code = select<u32>(code, code - bound, isZero);
					node = (node << 1) + u32(!isZero);
					chance = select<u32>(children & 0xffff, children >>> 16, isZero);
				} while (node < 0x100);
				now = now < 4 ? 0 : now - 3;
			} else {
				// After a match, chances depend on the byte at the last distance, as long as its bits are the literal's own.
				let matched: u32 = load<u8>(out - first - 1);
				let offset: u32 = 0x100;
				do {
					matched <<= 1;
					const matchBit = matched & offset;
					slot = tree + ((offset + matchBit + node) << 1);
					chance = load<u16>(slot);
					if (range < lzma.TOP) {
						range <<= 8;
						code = (code << 8) | load<u8>(at++);
					}
					bound = (range >>> 11) * chance;
					const isZero = code < bound;
					store<u16>(slot, lzma.adapted(chance, isZero));
					range = select<u32>(bound, range - bound, isZero);
					code = select<u32>(code, code - bound, isZero);
					node = (node << 1) + u32(!isZero);
					offset = select<u32>(offset & ~matchBit, matchBit, isZero);
				} while (node < 0x100);
				now = now < 10 ? now - 3 : now - 6;
			}
			store<u8>(out++, node);
			continue;
		}
		range -= bound;
		code -= bound;
		store<u16>(slot, lzma.lowered(chance));

		slot = lzma.PROBABILITIES + lzma.IS_REP + (now << 1);
		chance = load<u16>(slot);
		if (range < lzma.TOP) {
			range <<= 8;
			code = (code << 8) | load<u8>(at++);
		}
		bound = (range >>> 11) * chance;
		const isNew = code < bound;
		let coder = lzma.PROBABILITIES + lzma.MATCH_LENGTHS;
		if (isNew) {
			range = bound;
			store<u16>(slot, lzma.raised(chance));
			fourth = third;
			third = second;
			second = first;
			now = now < 7 ? 7 : 10;
		} else {
			range -= bound;
			code -= bound;
			store<u16>(slot, lzma.lowered(chance));
			// Which of the last distances: up to three flags, one for each that it is not.
			let index: u32 = 0;
			for (; index < 3; index++) {
				slot = lzma.PROBABILITIES + lzma.IS_REP0 + <usize>index * lzma.REP_FLAGS_SIZE + (now << 1);
				chance = load<u16>(slot);
				if (range < lzma.TOP) {
					range <<= 8;
					code = (code << 8) | load<u8>(at++);
				}
				bound = (range >>> 11) * chance;
				if (code < bound) {
					range = bound;
					store<u16>(slot, lzma.raised(chance));
					break;
				}
				range -= bound;
				code -= bound;
				store<u16>(slot, lzma.lowered(chance));
			}
			if (index == 0) {
				slot = lzma.PROBABILITIES + lzma.IS_REP0_LONG + (now << 5) + (positionState << 1);
				chance = load<u16>(slot);
				if (range < lzma.TOP) {
					range <<= 8;
					code = (code << 8) | load<u8>(at++);
				}
				bound = (range >>> 11) * chance;
				if (code < bound) {
					range = bound;
					store<u16>(slot, lzma.raised(chance));
					if (first >= dictionarySize || first >= position) return false;
					store<u8>(out, load<u8>(out - first - 1));
					out++;
					now = now < 7 ? 9 : 11;
					continue;
				}
				range -= bound;
				code -= bound;
				store<u16>(slot, lzma.lowered(chance));
			} else {
				const chosen = index == 1 ? second : index == 2 ? third : fourth;
				if (index == 3) fourth = third;
				if (index >= 2) third = second;
				second = first;
				first = chosen;
			}
			coder = lzma.PROBABILITIES + lzma.REP_LENGTHS;
			now = now < 7 ? 8 : 11;
		}

		// Lengths from 2, 10 or 18 on: up to two flags, then a tree.
		let group: u32 = 0;
		for (; group < 2; group++) {
			slot = coder + (group << 1);
			chance = load<u16>(slot);
			if (range < lzma.TOP) {
				range <<= 8;
				code = (code << 8) | load<u8>(at++);
			}
			bound = (range >>> 11) * chance;
			if (code < bound) {
				range = bound;
				store<u16>(slot, lzma.raised(chance));
				break;
			}
			range -= bound;
			code -= bound;
			store<u16>(slot, lzma.lowered(chance));
		}
		let tree =
			group < 2
				? coder + lzma.LOW + <usize>group * (lzma.MIDDLE - lzma.LOW) + (positionState << 4)
				: coder + lzma.HIGH;
		const limit: u32 = group < 2 ? 8 : 256;
		node = 1;
		chance = load<u16>(tree, 2);
		do {
			const children = load<u32>(tree + (node << 2));
			if (range < lzma.TOP) {
				range <<= 8;
				code = (code << 8) | load<u8>(at++);
			}
			bound = (range >>> 11) * chance;
			const isZero = code < bound;
			store<u16>(tree + (node << 1), lzma.adapted(chance, isZero));
			range = select<u32>(bound, range - bound, isZero);
			code = select<u32>(code, code - bound, isZero);
			node = (node << 1) + u32(!isZero);
			chance = select<u32>(children & 0xffff, children >>> 16, isZero);
		} while (node < limit);
		const count = node - limit + 2 + (group << 3);

		if (isNew) {
			tree = lzma.PROBABILITIES + lzma.SLOTS + ((min<u32>(count, 5) - 2) << 7);
			node = 1;
			chance = load<u16>(tree, 2);
			do {
				const children = load<u32>(tree + (node << 2));
				if (range < lzma.TOP) {
					range <<= 8;
					code = (code << 8) | load<u8>(at++);
				}
				bound = (range >>> 11) * chance;
				const isZero = code < bound;
				store<u16>(tree + (node << 1), lzma.adapted(chance, isZero));
				range = select<u32>(bound, range - bound, isZero);
				code = select<u32>(code, code - bound, isZero);
				node = (node << 1) + u32(!isZero);
				chance = select<u32>(children & 0xffff, children >>> 16, isZero);
			} while (node < 64);
			const distanceSlot = node - 64;
			first = distanceSlot;
			if (distanceSlot >= 4) {
				let bits = (distanceSlot >>> 1) - 1;
				first = (2 | (distanceSlot & 1)) << bits;
				if (distanceSlot < 14) tree = lzma.PROBABILITIES + lzma.SPECIAL + ((first - distanceSlot) << 1);
				else {
					// All bits but the lowest four have even chances.
					let value: u32 = 0;
					for (bits -= 4; bits > 0; bits--) {
						if (range < lzma.TOP) {
							range <<= 8;
							code = (code << 8) | load<u8>(at++);
						}
						range >>>= 1;
						const one = u32(code >= range);
						code -= range & (0 - one);
						value = (value << 1) | one;
					}
					first += value << 4;
					tree = lzma.PROBABILITIES + lzma.ALIGN;
					bits = 4;
				}
				node = 1;
				for (let place: u32 = 0; place < bits; place++) {
					slot = tree + (node << 1);
					chance = load<u16>(slot);
					if (range < lzma.TOP) {
						range <<= 8;
						code = (code << 8) | load<u8>(at++);
					}
					bound = (range >>> 11) * chance;
					const isZero = code < bound;
					store<u16>(slot, lzma.adapted(chance, isZero));
					range = select<u32>(bound, range - bound, isZero);
					code = select<u32>(code, code - bound, isZero);
					node = (node << 1) + u32(!isZero);
					first += u32(!isZero) << place;
				}
			}
		}
		if (first >= dictionarySize || first >= position || count > <u32>(outputEnd - out)) return false;
		copyMatch(out, <usize>first + 1, count);
		out += count;
	}
	if (range < lzma.TOP) code = (code << 8) | load<u8>(at++);
	store<u32>(CARRIED, now);
	store<u32>(CARRIED, first, 4);
	store<u32>(CARRIED, second, 8);
	store<u32>(CARRIED, third, 12);
	store<u32>(CARRIED, fourth, 16);
	return code == 0 && at == inputEnd;
}
