// Memory map of the LZMA encoder. Every address is a constant, laid out for the largest
// block; pages that a smaller block does not touch are never committed. Below the map lies
// the compiler's static data: the CRC32 tables, up to 0x2010.

/** Largest block, in bytes. */
export const MAX_BLOCK: u32 = 1 << 20;
/** Zero bytes kept after the block, so that words may be read past its end. */
export const SLACK: u32 = 64;

/** u8[128]: price of coding a bit whose probability is index / 128, in 1/16 bit. */
export const BIT_PRICES: u32 = 0x2c00;
/** u16[14176]: the adaptive probabilities, laid out in lzma-probabilities.ts. */
export const PROBABILITIES: u32 = 0x3000;
/** u16[16][256]: price of a literal, by literal context. */
export const LITERAL_PRICES: u32 = 0xa000;
/** i32[4][288]: price of a match length, by position state and length - 2. */
export const MATCH_LENGTH_PRICES: u32 = 0xc000;
/** i32[4][288]: the same for repeated matches. */
export const REP_LENGTH_PRICES: u32 = 0xd200;
/** i32[64][4]: price of a distance slot with its direct bits, by length state. */
export const SLOT_PRICES: u32 = 0xe400;
/** i32[128][4]: price of a whole distance below 128, by length state. */
export const NEAR_PRICES: u32 = 0xe800;
/** i32[16]: price of the low four bits of a far distance. */
export const ALIGN_PRICES: u32 = 0xf000;
/** i32[12][4][8]: prices of an operation's flags, by state and position state. */
export const FLAG_PRICES: u32 = 0xfa00;
/** i32[256]: inner nodes of the tree whose leaves are being priced. */
export const PRICE_SCRATCH: u32 = 0xf400;
/** i32[64]: prices of the leaves of a tree. */
export const LEAF_SCRATCH: u32 = 0xf800;

/** {u32 length, u32 distance}[]: what a search found, both increasing. */
export const MATCHES: u32 = 0x10400;
/** u32[]: bits waiting for the range coder, see lzma-symbols.ts. */
export const QUEUE: u32 = 0x11000;
/** u32[]: operations of a parsed segment, filled from the end down. */
export const OPERATIONS_END: u32 = 0x18000;

/** Most nodes of a segment of the optimal parser; a match may reach 2 * 273 beyond. */
export const MAX_NODES: u32 = 2048;
/** i32[MAX_NODES]: cheapest known price of reaching a node. */
export const NODE_PRICES: u32 = 0x18000;
/** u32[MAX_NODES]: the last operation on that way. */
export const NODE_ARRIVALS: u32 = 0x1b000;
/** u32[MAX_NODES]: the first operation of a compound arrival. */
export const NODE_LEADS: u32 = 0x1e000;
/** u32[MAX_NODES][4]: the last four distances, once the node is visited. */
export const NODE_REPS: u32 = 0x21000;
/** u8[MAX_NODES]: the LZMA state, once the node is visited. */
export const NODE_STATES: u32 = 0x2d000;

/** u8[16]: literals coded in each context since its prices were refreshed. */
export const LITERAL_USES: u32 = 0x2fe00;
/** u32[4][256]: how often each byte stands at positions of each remainder modulo four. */
export const LANE_COUNTS: u32 = 0x2e000;

/** u8[MAX_BLOCK + SLACK]: the block; at least one zero byte lies before it. */
export const INPUT: u32 = 0x40000;
/** u8[MAX_BLOCK + 64 KiB]: the .xz stream. */
export const OUTPUT: u32 = 0x160000;
/** u32[32768]: last position of each hash of three bytes, as generation + position. */
export const TRIPLE_HEADS: u32 = 0x280000;
/** u32[65536]: last position of each hash of four bytes. */
export const QUAD_HEADS: u32 = 0x2a0000;
/** The two tables of heads lie together. */
export const HEADS: u32 = TRIPLE_HEADS;
export const HEADS_END: u32 = 0x2e0000;
/** u16[MAX_BLOCK]: distance to the last triple of the same hash, 0: none near. */
export const TRIPLE_LINKS: u32 = 0x300000;
/** i32[MAX_BLOCK]: previous position with the same hash of four bytes, negative: none. */
export const QUAD_LINKS: u32 = 0x500000;
/** End of the map. */
export const MEMORY_END: u32 = 0x900000;
