import { crc32 } from "node:zlib";
import type { BlockKind, Compressor, CompressorOptions, Tier } from "./compressor.js";
import { METADATA_SIZE, xzDictionarySize, xzFilterIds } from "./compressor-options.js";
import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/xz.ts`. */
interface XzFunctions {
	inputAddress(): number;
	outputAddress(): number;
	compress(length: number, tier: number, dictionaryCode: number, filters: number, check: number): number;
}

type XzOptions = Extract<CompressorOptions, { readonly name: "xz" }>;

const TIERS: Record<Tier, number> = { fast: 0, balanced: 1, best: 2 };

/**
 * Returns a compressor to .xz streams of one LZMA2 block each, with CRC32, as the kernel's squashfs reads them
 * (spec 1.8 and 3).
 * @param options must be checked, see `createCompressor`.
 * @param blockSize bytes of the largest block, 4 KiB..1 MiB.
 */
export function createXzCompressor(options: XzOptions, blockSize: number): Compressor {
	const dataCode = dictionaryCode(xzDictionarySize(options, blockSize));
	const metadataCode = dictionaryCode(METADATA_SIZE);
	// It is a hundredth of an image, and compressed by the main thread, which feeds the others.
	const metadataTier = options.tier === "fast" ? TIERS.fast : TIERS.best;
	const longest = Math.max(blockSize, METADATA_SIZE);
	const { functions, memory } = WasmInstance.open<XzFunctions>("xz");
	const input = functions.inputAddress();
	const output = functions.outputAddress();
	const filters = xzFilterIds(options);
	return {
		options,
		compress(block: Uint8Array, kind: BlockKind): Uint8Array | undefined {
			if (block.length < 1 || block.length > longest) {
				throw new RangeError(`xz: compress: expected 1..${longest} bytes, got ${block.length}`);
			}
			memory.set(block, input);
			const check = crc32(memory.subarray(input, input + block.length));
			const size =
				kind === "data"
					? functions.compress(block.length, TIERS[options.tier], dataCode, filters, check)
					: functions.compress(block.length, metadataTier, metadataCode, 0, check);
			return size === 0 ? undefined : memory.subarray(output, output + size);
		},
	};
}

/** Returns the format's code of a dictionary size: 2^n or 2^n + 2^(n-1) bytes, at least 4 KiB. */
function dictionaryCode(size: number): number {
	const exponent = 31 - Math.clz32(size);
	const half = (size >>> (exponent - 1)) & 1;
	return 2 * (exponent - 12) + half;
}
