import type { Compressor, CompressorOptions } from "./compressor.js";
import { METADATA_SIZE } from "./compressor-options.js";
import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/zstd.ts`. */
interface ZstdFunctions {
	prepare(size: number): number;
	outputAddress(): number;
	compress(length: number, level: number): number;
}

/**
 * Returns a compressor to zstd frames (RFC 8878) with their size in the header, a window of that size, and no
 * checksum.
 */
export function createZstdCompressor(
	options: CompressorOptions & { readonly name: "zstd" },
	blockSize: number,
): Compressor {
	const { functions, memory, input } = openZstd(Math.max(blockSize, METADATA_SIZE));
	const output = functions.outputAddress();
	return {
		options,
		compress(block) {
			memory.set(block, input);
			const length = functions.compress(block.length, options.level);
			return length < block.length ? memory.subarray(output, output + length) : undefined;
		},
	};
}

function openZstd(size: number): { functions: ZstdFunctions; memory: Uint8Array; input: number } {
	const wasm = WasmInstance.open<ZstdFunctions>("zstd");
	const input = wasm.functions.prepare(size);
	return { functions: wasm.functions, memory: wasm.memory, input };
}
