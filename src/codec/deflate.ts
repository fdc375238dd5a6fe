import type { Compressor, CompressorOptions } from "./compressor.js";
import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/deflate.ts`. */
export interface DeflateFunctions {
	inputAddress(): number;
	outputAddress(): number;
	zlib(length: number, level: number, windowLog: number): number;
	beginRaw(level: number): void;
	continueRaw(length: number, flush: boolean): number;
}

/** Returns a compressor to zlib streams (RFC 1950), which squashfs calls gzip. */
export function createDeflateCompressor(options: CompressorOptions & { readonly name: "gzip" }): Compressor {
	const deflate = WasmInstance.open<DeflateFunctions>("deflate");
	const { functions, memory } = deflate;
	const input = functions.inputAddress();
	const output = functions.outputAddress();
	return {
		options,
		compress(block) {
			memory.set(block, input);
			const length = functions.zlib(block.length, options.level, options.windowLog);
			return length < block.length ? memory.subarray(output, output + length) : undefined;
		},
	};
}
