import type { BlockKind, Compressor, CompressorOptions, Tier } from "./compressor.js";
import { WasmInstance } from "./wasm-instance.js";

/** What `assembly/xz.ts` exports. */
interface XzFunctions {
	inputAddress(): number;
	outputAddress(): number;
	compress(length: number, tier: number, dictionaryCode: number, mayFilter: boolean): number;
}

type XzOptions = Extract<CompressorOptions, { readonly name: "xz" }>;

const TIERS: Record<Tier, number> = { fast: 0, balanced: 1, best: 2 };
const SMALLEST_DICTIONARY = 8 << 10;
const LARGEST_BLOCK = 1 << 20;

/**
 * A compressor to .xz streams of one LZMA2 block each, with CRC32, as the kernel's squashfs
 * reads them (spec 1.8 and 3).
 * @param blockSize bytes of the largest block, 4 KiB..1 MiB.
 * @throws RangeError when the block size or the dictionary size is out of range.
 */
export function createXzCompressor(options: XzOptions, blockSize: number): Compressor {
	const dictionarySize = options.dictionarySize ?? Math.max(blockSize, SMALLEST_DICTIONARY);
	checkSizes(blockSize, dictionarySize);
	const { functions, memory } = WasmInstance.open<XzFunctions>("xz");
	const input = functions.inputAddress();
	const output = functions.outputAddress();
	const dataCode = dictionaryCode(dictionarySize);
	const mayFilter = options.bcj === "x86";
	return {
		options,
		compress(block: Uint8Array, kind: BlockKind): Uint8Array | undefined {
			if (block.length < 1 || block.length > LARGEST_BLOCK) {
				throw new RangeError(`xz: compress: expected 1..${LARGEST_BLOCK} bytes, got ${block.length}`);
			}
			memory.set(block, input);
			const size =
				kind === "data"
					? functions.compress(block.length, TIERS[options.tier], dataCode, mayFilter)
					: functions.compress(block.length, TIERS.best, dictionaryCode(SMALLEST_DICTIONARY), false);
			return size === 0 ? undefined : memory.subarray(output, output + size);
		},
	};
}

function checkSizes(blockSize: number, dictionarySize: number): void {
	if (!(blockSize >= 1 && blockSize <= LARGEST_BLOCK)) {
		throw new RangeError(`xz: block size: expected 1..${LARGEST_BLOCK}, got ${blockSize}`);
	}
	if (!(dictionarySize >= SMALLEST_DICTIONARY && dictionarySize <= LARGEST_BLOCK)) {
		const range = `${SMALLEST_DICTIONARY}..${LARGEST_BLOCK}`;
		throw new RangeError(`xz: dictionary size: expected ${range}, got ${dictionarySize}`);
	}
}

/** The largest size an xz header can state (2^n or 2^n + 2^(n-1)) that is not above `size`. */
function dictionaryCode(size: number): number {
	const exponent = 31 - Math.clz32(size);
	const half = (size >>> (exponent - 1)) & 1;
	return 2 * (exponent - 12) + half;
}
