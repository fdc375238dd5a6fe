/**
 * LZMA chunks. There is slack after the input and the output, more than a symbol takes.
 */
import * as lzma from "./lzma-chances";
import {
	FIRST,
	FOURTH,
	literalContextBits,
	literalPositionMask,
	positionMask,
	SECOND,
	STATE,
	THIRD,
} from "./lzma-decoder-state";
import * as decoder from "./lzma-range-decoder";
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
 * This is one function, with the range decoder in its locals (see `lzma-range-decoder.ts`). Bits that decide what comes
 * next (flags) branch; bits of values do not, as nothing can predict them. The last distances are in memory: four
 * locals that only matches need would take the registers of what every bit needs.
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
	decoder.beginChunk(input);
	let now = load<u32>(STATE);
	const positions = positionMask;
	// Of the position's lowest bits and the byte before, what chooses the literal's tree.
	const contextMask = ((literalPositionMask + 1) << 8) - (0x100 >>> literalContextBits);
	const contextShift = literalContextBits + 1;
	// The byte before. A literal sets it as soon as its four highest bits are known, as no context has more of them: the
	// chances of the next literal are then there in time.
	let before: u32 = out == start ? 0 : load<u8>(out - 1);
	while (out < outputEnd) {
		if (decoder.isPast(inputEnd)) return false;
		const position = <u32>(out - start);
		const positionState = position & positions;
		const context = (((position << 8) + before) & contextMask) << contextShift;
		const literalTree = lzma.PROBABILITIES + lzma.LITERALS + 3 * <usize>context;

		let slot = lzma.PROBABILITIES + lzma.IS_MATCH + (now << 5) + (positionState << 1);
		if (decoder.isZero(slot)) {
			decoder.takeZero(slot);
			if (now < 7) {
				before = decoder.firstFourBits(literalTree);
				store<u8>(out++, decoder.lastFourBits(literalTree));
				now = now < 4 ? 0 : now - 3;
			} else {
				const matched = load<u8>(out - load<u32>(FIRST) - 1);
				before = decoder.firstMatchedBits(literalTree, matched);
				store<u8>(out++, decoder.lastMatchedBits(literalTree));
				now = now < 10 ? now - 3 : now - 6;
			}
			continue;
		}
		decoder.takeOne(slot);

		slot = lzma.PROBABILITIES + lzma.IS_REP + (now << 1);
		const isNew = decoder.isZero(slot);
		let coder = lzma.PROBABILITIES + lzma.MATCH_LENGTHS;
		if (isNew) {
			decoder.takeZero(slot);
			store<u32>(FOURTH, load<u32>(THIRD));
			store<u32>(THIRD, load<u32>(SECOND));
			store<u32>(SECOND, load<u32>(FIRST));
			now = now < 7 ? 7 : 10;
		} else {
			decoder.takeOne(slot);
			// Which of the last distances: up to three flags, one for each that it is not.
			slot += lzma.REP_FLAGS_SIZE;
			if (decoder.isZero(slot)) {
				decoder.takeZero(slot);
				slot = lzma.PROBABILITIES + lzma.IS_REP0_LONG + (now << 5) + (positionState << 1);
				if (decoder.isZero(slot)) {
					decoder.takeZero(slot);
					const distance = load<u32>(FIRST);
					if (distance >= dictionarySize || distance >= position) return false;
					before = load<u8>(out - distance - 1);
					store<u8>(out++, before);
					now = now < 7 ? 9 : 11;
					continue;
				}
				decoder.takeOne(slot);
			} else {
				decoder.takeOne(slot);
				slot += lzma.REP_FLAGS_SIZE;
				let chosen = load<u32>(SECOND);
				if (decoder.isZero(slot)) decoder.takeZero(slot);
				else {
					decoder.takeOne(slot);
					slot += lzma.REP_FLAGS_SIZE;
					chosen = load<u32>(THIRD);
					if (decoder.isZero(slot)) decoder.takeZero(slot);
					else {
						decoder.takeOne(slot);
						chosen = load<u32>(FOURTH);
						store<u32>(FOURTH, load<u32>(THIRD));
					}
					store<u32>(THIRD, load<u32>(SECOND));
				}
				store<u32>(SECOND, load<u32>(FIRST));
				store<u32>(FIRST, chosen);
			}
			coder = lzma.PROBABILITIES + lzma.REP_LENGTHS;
			now = now < 7 ? 8 : 11;
		}

		// Lengths from 2, 10 or 18 on: up to two flags, then a tree.
		let tree = coder + lzma.LOW + (positionState << 4);
		let count: u32 = 2;
		if (decoder.isZero(coder)) {
			decoder.takeZero(coder);
			decoder.openTree(tree, 8);
		} else {
			decoder.takeOne(coder);
			if (decoder.isZero(coder + 2)) {
				decoder.takeZero(coder + 2);
				tree += lzma.MIDDLE - lzma.LOW;
				count = 10;
				decoder.openTree(tree, 8);
			} else {
				decoder.takeOne(coder + 2);
				tree = coder + lzma.HIGH;
				count = 18;
				decoder.firstFourBits(tree);
				decoder.treeBit(16);
			}
		}
		count += decoder.lastThreeBits(tree);

		let distance: u32;
		if (isNew) {
			const distanceSlot = decoder.distanceSlot(
				lzma.PROBABILITIES + lzma.SLOTS + ((min<u32>(count, 5) - 2) << 7),
			);
			distance = distanceSlot;
			if (distanceSlot >= 4) {
				const bits = (distanceSlot >>> 1) - 1;
				distance = (2 | (distanceSlot & 1)) << bits;
				if (distanceSlot < 14) {
					const special = lzma.PROBABILITIES + lzma.SPECIAL + ((distance - distanceSlot) << 1);
					distance += decoder.reverseBits(special, bits);
				} else {
					distance += decoder.directBits(bits - 4) << 4;
					distance += decoder.alignBits(lzma.PROBABILITIES + lzma.ALIGN);
				}
			}
			store<u32>(FIRST, distance);
		} else distance = load<u32>(FIRST);
		if (distance >= dictionarySize || distance >= position || count > <u32>(outputEnd - out)) return false;
		copyMatch(out, <usize>distance + 1, count);
		out += count;
		// From where it was copied, which is there sooner.
		before = load<u8>(out - distance - 2);
	}
	store<u32>(STATE, now);
	return decoder.endsChunk(inputEnd);
}
