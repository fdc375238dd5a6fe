/**
 * The chances of the LZMA decoder, u16 each at PROBABILITIES: chances of a zero in 1/2048, and how they adapt.
 * Places are offsets in bytes.
 */
export const PROBABILITIES: usize = 0x10000;

export const IS_MATCH: usize = 0; // [12 states][16 position states]
export const IS_REP0_LONG: usize = IS_MATCH + 12 * 32; // [12][16]
export const IS_REP: usize = IS_REP0_LONG + 12 * 32; // [12]
/** Bytes of one of the flags that say which distance is repeated; the first of them follows IS_REP. */
export const REP_FLAGS_SIZE: usize = 24;
const IS_REP0: usize = IS_REP + REP_FLAGS_SIZE;
const IS_REP1: usize = IS_REP0 + REP_FLAGS_SIZE;
const IS_REP2: usize = IS_REP1 + REP_FLAGS_SIZE;
export const SLOTS: usize = IS_REP2 + REP_FLAGS_SIZE; // [4 length states][64]
export const SPECIAL: usize = SLOTS + 4 * 128; // [128], trees of the slots 4 to 13
export const ALIGN: usize = SPECIAL + 256; // [16]
export const MATCH_LENGTHS: usize = ALIGN + 32;
const LENGTHS_SIZE: usize = 2 * (16 + 16 * 8 + 16 * 8 + 256);
export const REP_LENGTHS: usize = MATCH_LENGTHS + LENGTHS_SIZE;
export const LITERALS: usize = REP_LENGTHS + LENGTHS_SIZE; // [1 << (lc + lp)][0x300]
export const END: usize = LITERALS + (0x600 << 4);

// Within a length coder, after its two flags.
export const LOW: usize = 32; // [16 position states][8]
export const MIDDLE: usize = LOW + 256; // [16][8]
export const HIGH: usize = MIDDLE + 256; // [256]

export const TOP: u32 = 1 << 24;

/** A chance after a 0: a 32nd of the way to 2048. */
export function raised(chance: u32): u32 {
	return chance + ((2048 - chance) >>> 5);
}

/** A chance after a 1: a 32nd of the way to 0. */
export function lowered(chance: u32): u32 {
	return chance - (chance >>> 5);
}
