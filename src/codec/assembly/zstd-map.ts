/** Memory map of the zstd encoder; static tables are below the first of them. */

/** Most bytes of a zstd block; larger inputs become several. */
export const BLOCK: usize = 128 * 1024;

export const HEADS4: usize = 0x20000; // 128 Ki u32
export const HEADS3: usize = 0xa0000; // 16 Ki u32
export const HEADS_SIZE: usize = 0x90000; // of both
/** Per place of the block, one more than there are: where its matches begin in MATCHES. */
export const MATCH_STARTS: usize = 0xb0000; // BLOCK u32
/** distance << 12 | length, ascending by both. */
export const MATCHES: usize = 0x140000; // 1 Mi u32
export const MATCHES_END: usize = 0x540000;
/** Per place of the block, its end, and a few more: see zstd-parser.ts. */
export const PRICES: usize = 0x540000; // u32
export const ARRIVALS: usize = 0x5c1000; // u32
export const STATES: usize = 0x642000; // four u32
export const SEQUENCES: usize = 0x850000; // BLOCK / 3 × 16 bytes
export const LITERALS: usize = 0x900000; // BLOCK
export const SECTION: usize = 0x930000; // one block's output, four times BLOCK
/** Of the fast strategies: u32 by hash of eight bytes, 16 bits, then by hash of fewer, 15 bits. */
export const LONG_HEADS: usize = 0x9c0000;
export const SHORT_HEADS: usize = 0xa00000;
export const FAST_HEADS_SIZE: usize = 0x60000; // of both
/** Per row of 16 places: their tags (u8), the places (u32), and which of them is the newest (u8). */
export const ROW_TAGS: usize = 0xa20000; // 4 Ki rows
export const ROW_PLACES: usize = 0xa30000;
export const ROW_NEWEST: usize = 0xa70000;
/** Up to 1 MiB and slack, then as much again for the output, then the tree. */
export const INPUT: usize = 0xa80000;
export const OUTPUT: usize = 0xb90000;
export const TREE: usize = 0xca0000; // 2 u32 per place of the input
