import type { Compressor, CompressorOptions, Decompressor } from "./compressor.js";
import { METADATA_SIZE } from "./compressor-options.js";
import { CodecError } from "./errors.js";
import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/lz4.ts`. */
interface Lz4Functions {
	prepare(size: number): number;
	outputAddress(): number;
	compress(length: number, high: boolean): number;
	decompress(length: number, maximum: number): number;
}

/** Returns a compressor to raw LZ4 blocks, without a frame. */
export function createLz4Compressor(
	options: CompressorOptions & { readonly name: "lz4" },
	blockSize: number,
): Compressor {
	const { functions, memory, input, output } = openLz4(blockSize);
	return {
		options,
		compress(block) {
			memory.set(block, input);
			const length = functions.compress(block.length, options.highCompression);
			return length < block.length ? memory.subarray(output, output + length) : undefined;
		},
	};
}

export function createLz4Decompressor(blockSize: number): Decompressor {
	const { functions, memory, input, output, size } = openLz4(blockSize);
	return {
		decompress(block, maximum) {
			const limit = Math.min(maximum, size);
			// Blocks that compressing does not make shorter are stored raw.
			if (block.length > size) throw damaged(`too long, expected at most ${size} bytes, got ${block.length}`);
			memory.set(block, input);
			const length = functions.decompress(block.length, limit);
			if (length < 0) throw damaged(`damaged, or expands beyond ${limit} bytes`);
			return memory.subarray(output, output + length);
		},
	};
}

function damaged(reason: string): CodecError {
	return new CodecError("ERR_CODEC_DATA", `lz4 block: decompress: ${reason}`);
}

function openLz4(blockSize: number): {
	functions: Lz4Functions;
	memory: Uint8Array;
	input: number;
	output: number;
	size: number;
} {
	const wasm = WasmInstance.open<Lz4Functions>("lz4");
	const size = Math.max(blockSize, METADATA_SIZE);
	const input = wasm.functions.prepare(size);
	const output = wasm.functions.outputAddress();
	return { functions: wasm.functions, memory: wasm.memory, input, output, size };
}
