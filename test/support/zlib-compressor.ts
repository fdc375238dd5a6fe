import { deflateSync } from "node:zlib";
import type { Compressor, CompressorOptions } from "../../src/codec/index.js";

/** A compressor for tests, as a module of the pool: zlib, but it fails at a block that starts with "FAIL". */
export function createCompressor(options: CompressorOptions): Compressor {
	return {
		options,
		compress(block) {
			if (Buffer.from(block.subarray(0, 4)).toString() === "FAIL") throw new Error("asked to fail");
			if (Buffer.from(block.subarray(0, 4)).toString() === "EXIT") process.exit(3);
			const stored = deflateSync(block, { level: 1 });
			return stored.length < block.length ? stored : undefined;
		},
	};
}

export const ZLIB_COMPRESSOR_MODULE: URL = new URL(import.meta.url);
