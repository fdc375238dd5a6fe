import type { CompressorName } from "../../codec/index.js";

/** The result of checking compressor options for kernels. */
export interface OptionsVerdict {
	/** Why kernels refuse to mount the image; undefined if they do not. */
	readonly problem?: string | undefined;
	/** Largest dictionary of xz blocks, in bytes. */
	readonly dictionary: number;
}

const XZ_OPTIONS_SIZE = 8;
const LZ4_OPTIONS_SIZE = 8;
const LZ4_LEGACY = 1;
const METADATA_SIZE = 8192;

/**
 * Checks the compressor options of an image as kernels do when they mount it.
 * @param options the expanded bytes of the options; undefined if the image has none.
 */
export function judgeOptions(
	compressor: CompressorName,
	options: Uint8Array | undefined,
	blockSize: number,
): OptionsVerdict {
	const standard = Math.max(blockSize, METADATA_SIZE);
	if (compressor === "lz4") return { dictionary: standard, problem: lz4Problem(options) };
	if (compressor !== "xz" || options === undefined) return { dictionary: standard };
	if (options.length < XZ_OPTIONS_SIZE) {
		return {
			dictionary: standard,
			problem: `expected ${XZ_OPTIONS_SIZE} bytes for xz, got ${options.length}`,
		};
	}
	const dictionary = new DataView(options.buffer, options.byteOffset).getUint32(0, true);
	const low = dictionary & -dictionary;
	const isSound = dictionary !== 0 && (dictionary === low >>> 0 || dictionary === low * 3);
	return {
		dictionary,
		problem: isSound ? undefined : `expected a dictionary of 2^n or 2^n + 2^(n+1) bytes, got ${dictionary}`,
	};
}

function lz4Problem(options: Uint8Array | undefined): string | undefined {
	if (options === undefined) return "expected options for lz4, got none";
	if (options.length < LZ4_OPTIONS_SIZE)
		return `expected ${LZ4_OPTIONS_SIZE} bytes for lz4, got ${options.length}`;
	const version = new DataView(options.buffer, options.byteOffset).getUint32(0, true);
	return version === LZ4_LEGACY ? undefined : `expected version ${LZ4_LEGACY} of lz4, got ${version}`;
}
