/**
 * The codes of zstd's sequences (RFC 8878, section 3.1.1.3.2.1) and the distributions they
 * have where a block describes none (appendix A). -1 stands for "less than 1".
 */

export const LITERAL_LENGTH_CODES: u32 = 36;
export const MATCH_LENGTH_CODES: u32 = 53;
/** Offset code N has N extra bits on top of 1 << N. */
export const OFFSET_CODES: u32 = 32;
export const LEAST_MATCH: u32 = 3;

export const LITERAL_LENGTH_EXTRA: StaticArray<u8> = [
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16,
];
export const MATCH_LENGTH_EXTRA: StaticArray<u8> = [
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
	2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];

export const LITERAL_LENGTH_LOG: u32 = 6;
export const LITERAL_LENGTH_COUNTS: StaticArray<i16> = [
	4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1,
	-1,
];
export const MATCH_LENGTH_LOG: u32 = 6;
export const MATCH_LENGTH_COUNTS: StaticArray<i16> = [
	1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];
export const OFFSET_LOG: u32 = 5;
export const OFFSET_COUNTS: StaticArray<i16> = [
	1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
];

/** The longest tables a block may describe. */
export const LITERAL_LENGTH_MOST: u32 = 9;
export const MATCH_LENGTH_MOST: u32 = 9;
export const OFFSET_MOST: u32 = 8;
export const WEIGHTS_MOST: u32 = 6;

/** Bits of the longest Huffman code of literals. */
export const LITERAL_BITS_MOST: u32 = 11;
/** Most bytes of a block, expanded or not. */
export const BLOCK_MOST: usize = 128 * 1024;
