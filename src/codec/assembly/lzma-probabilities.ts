// The adaptive probabilities of LZMA: u16, chance of a zero in 1/2048. Addresses of the
// first probability of each kind; trees are indexed from 1.
import { PROBABILITIES } from "./lzma-memory";
import { fillFour } from "./wide";

/** [state][position state], of 12 and 16. */
export const IS_MATCH: u32 = PROBABILITIES;
/** [state]. */
export const IS_REP: u32 = IS_MATCH + 2 * 192;
export const IS_NOT_REP0: u32 = IS_REP + 2 * 16;
export const IS_NOT_REP1: u32 = IS_NOT_REP0 + 2 * 16;
export const IS_NOT_REP2: u32 = IS_NOT_REP1 + 2 * 16;
/** [state][position state]. */
export const IS_LONG_REP0: u32 = IS_NOT_REP2 + 2 * 16;
/** [length state][64]. */
export const DISTANCE_SLOT: u32 = IS_LONG_REP0 + 2 * 192;
/** Reverse trees of the distances 4..127: the tree of slot s starts at its base - s - 1. */
export const NEAR_DISTANCE: u32 = DISTANCE_SLOT + 2 * 256;
/** [16], the low four bits of farther distances. */
export const ALIGN: u32 = NEAR_DISTANCE + 2 * 128;
export const MATCH_LENGTH: u32 = ALIGN + 2 * 16;
export const REP_LENGTH: u32 = MATCH_LENGTH + 2 * 520;
/** [literal context][0x300]. */
export const LITERAL: u32 = REP_LENGTH + 2 * 520;
export const PROBABILITIES_END: u32 = LITERAL + 2 * 0x300 * 16;

// Within MATCH_LENGTH and REP_LENGTH, in bytes.
export const LENGTH_LOW: u32 = 2 * 4; // [position state][8], after the two choices
export const LENGTH_MIDDLE: u32 = LENGTH_LOW + 2 * 128; // [position state][8]
export const LENGTH_HIGH: u32 = LENGTH_MIDDLE + 2 * 128; // [256]

const EVEN_CHANCE: u32 = 1024;

/** Literal context bits of the block: high bits of the byte before, low bits of the position. */
export let literalContextBits: u32 = 3;
export let literalPositionMask: u32 = 0;
/** How many literal contexts there are. */
export let literalContexts: u32 = 8;
/** Mask of the position bits that other symbols depend on. */
export let positionMask: u32 = 3;
/** lc, lp and pb as LZMA's properties byte. */
export let propertiesByte: u32 = 0x5d;

/** Starts a block: sets the parameters (lc + lp <= 4, pb <= 2) and evens all chances. */
export function resetProbabilities(lc: u32, lp: u32, pb: u32): void {
	literalContextBits = lc;
	literalPositionMask = (1 << lp) - 1;
	literalContexts = 1 << (lc + lp);
	positionMask = (1 << pb) - 1;
	propertiesByte = (pb * 5 + lp) * 9 + lc;
	const even = EVEN_CHANCE | (EVEN_CHANCE << 16);
	const end = LITERAL + ((2 * 0x300) << (lc + lp));
	for (let address = PROBABILITIES; address < end; address += 16) fillFour(address, even);
}

/** Number of the literal context after the byte `before`. */
export function literalContext(position: u32, before: u32): u32 {
	return ((position & literalPositionMask) << literalContextBits) + (before >> (8 - literalContextBits));
}

/** Address of the probabilities of a literal context. */
export function literalProbabilities(context: u32): u32 {
	return LITERAL + context * (2 * 0x300);
}

// States 0..6 follow a literal, 7..11 a match: which kinds of operation came last.

export function stateAfterLiteral(state: u32): u32 {
	return state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
}

export function stateAfterMatch(state: u32): u32 {
	return state < 7 ? 7 : 10;
}

export function stateAfterRep(state: u32): u32 {
	return state < 7 ? 8 : 11;
}

export function stateAfterShortRep(state: u32): u32 {
	return state < 7 ? 9 : 11;
}

/** Slot of a distance (minus one): its two highest bits and how many follow. */
export function distanceSlot(distance: u32): u32 {
	if (distance < 4) return distance;
	const bits = 31 - clz(distance);
	return (bits << 1) | ((distance >> (bits - 1)) & 1);
}
