/** Where things lie in the memory of the zstd encoder; static tables are below the first of them. */

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
/** Per place of the block, and its end: see zstd-parser.ts. */
export const NODES: usize = 0x540000; // (BLOCK + 1) × 32 bytes
export const SEQUENCES: usize = 0x950000; // BLOCK / 3 × 16 bytes
export const LITERALS: usize = 0xa00000; // BLOCK
export const SECTION: usize = 0xa30000; // one block's output, four times BLOCK
/** Up to 1 MiB and slack, then as much again for the output, then the tree. */
export const INPUT: usize = 0xac0000;
export const OUTPUT: usize = 0xbd0000;
export const TREE: usize = 0xce0000; // 2 u32 per place of the input
