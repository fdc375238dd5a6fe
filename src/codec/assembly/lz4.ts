/** Entry of the module lz4.wasm: raw LZ4 blocks, without a frame. Memory map: lz4-map.ts. */
import { decompress } from "./lz4-decoder";
import { compressFast } from "./lz4-fast";
import { compressHigh } from "./lz4-high";
import { HEADS, INPUT, outputAddress, prepare } from "./lz4-map";
import { beginBlock, blockLength } from "./lz4-writer";

export { decompress, outputAddress, prepare };

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = HEADS;

/** Compresses the `length` bytes at the input address; returns the block's length. */
export function compress(length: usize, high: bool): usize {
	const end = INPUT + length;
	store<u64>(end, 0);
	beginBlock();
	if (high) compressHigh(end);
	else compressFast(end);
	return blockLength();
}
