/**
 * Memory map of lz4: HEADS u32 per hash, latest place of a string; then, for
 * the block size B given to `prepare` and rounded up to 64 KiB: INPUT B + slack; TREE two u32 per
 * place (see lz4-high.ts); MATCHES u32 per place, distance << 16 | length up to 65535; COSTS u32
 * per place, bytes from there to the end; OUTPUT B + B / 255 + slack. A place is an address in INPUT.
 */
export const HEADS: usize = 0x10000;
export const HEADS_SIZE: usize = 0x40000;
export const INPUT: usize = HEADS + HEADS_SIZE;
const SLACK: usize = 64;

export const LEAST_MATCH: u32 = 4;
/** The last literals of a block, and the last place a match may begin (end-of-block rules). */
export const LAST_LITERALS: usize = 5;
export const LAST_MATCH: usize = 12;
export const FARTHEST: usize = 0xffff;

export let tree: usize = 0;
export let matches: usize = 0;
export let costs: usize = 0;
export let output: usize = 0;

/** Makes room for blocks of up to `size` bytes; returns the address for them. */
export function prepare(size: usize): usize {
	const room = (size + SLACK + 0xffff) & ~0xffff;
	tree = INPUT + room;
	matches = tree + 8 * room;
	costs = matches + 4 * room;
	output = costs + 4 * room + SLACK;
	const pages = <i32>((output + room + room / 128 + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	return INPUT;
}

export function outputAddress(): usize {
	return output;
}
