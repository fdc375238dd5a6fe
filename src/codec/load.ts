import type { Compressor, CompressorOptions } from "./compressor.js";
import { createCompressor } from "./create.js";

/**
 * Loads the compressor of a thread: ours, or that of a module of the caller.
 * @param module URL of a module that exports a `createCompressor`.
 */
export async function loadCompressor(
	module: string | undefined,
	options: CompressorOptions,
	blockSize: number,
): Promise<Compressor> {
	if (module === undefined) return createCompressor(options, blockSize);
	return (await import(module)).createCompressor(options, blockSize);
}
