import type { CompressorOptions } from "../../src/codec/index.js";
import { GZIP } from "./squashfs-images.js";

const levels = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Every compressor with every level and tier. */
export const ALL_COMPRESSORS: readonly CompressorOptions[] = [
	...levels(9).map((level) => ({ ...GZIP, level })),
	{ name: "gzip", level: 9, windowLog: 9 },
	...(["fast", "balanced", "best"] as const).map((tier) => ({ name: "xz", tier }) as const),
	{ name: "xz", tier: "best", dictionarySize: 8192 },
	{ name: "xz", tier: "fast", bcj: "x86" },
	{ name: "lz4", highCompression: false },
	{ name: "lz4", highCompression: true },
	...levels(22).map((level) => ({ name: "zstd", level }) as const),
];

/** As rows of a table of tests. */
export const named = (
	list: readonly CompressorOptions[],
): (readonly [name: string, compressor: CompressorOptions])[] =>
	list.map((compressor) => [JSON.stringify(compressor), compressor] as const);
