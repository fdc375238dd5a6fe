/** Memory map of deflate; static tables are below the first of them. */
export const HEADS3: usize = 0x10000; // 32 Ki u32
export const HEADS3_SIZE: usize = 0x20000;
export const HEADS4: usize = 0x30000; // 64 Ki u32, right after HEADS3
export const HEADS4_SIZE: usize = 0x40000;
export const CHAIN: usize = 0x70000; // 32 Ki u16
/** One u32 a symbol: a literal's byte, or distance << 16 | length. */
export const SYMBOLS: usize = 0x80000;
export const SYMBOLS_PER_RUN: usize = 0x10000;
/** Per piece of a run: its frequencies (see deflate-block.ts). */
export const PIECES: usize = 0xc0000;
export const HISTORY: usize = 0x8000;
export const INPUT: usize = 0x100000; // HISTORY, 1 MiB, slack
export const OUTPUT: usize = 0x210000; // what stored blocks need for 1 MiB, slack
export const MEMORY_END: usize = 0x320000;
