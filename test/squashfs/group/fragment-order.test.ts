import { expect, test } from "vitest";
import type { CompressorOptions } from "../../../src/codec/index.js";
import { fragmentOrder } from "../../../src/squashfs/group/fragment-order.js";

const ZSTD = (level: number): CompressorOptions => ({ name: "zstd", level });

test.each<[string, CompressorOptions, object]>([
	["lz4", { name: "lz4", highCompression: false }, { by: "names" }],
	["lz4 -Xhc", { name: "lz4", highCompression: true }, { by: "strings", oneIn: 32 }],
	["zstd 2", ZSTD(2), { by: "names" }],
	["zstd 3", ZSTD(3), { by: "strings", oneIn: 256 }],
	["zstd 12", ZSTD(12), { by: "strings", oneIn: 256 }],
	["zstd 13", ZSTD(13), { by: "strings", oneIn: 32 }],
	["gzip", { name: "gzip", level: 1, windowLog: 15 }, { by: "strings", oneIn: 32 }],
	["xz", { name: "xz", tier: "fast" }, { by: "strings", oneIn: 32 }],
])(
	"the quicker the compressor, the less is spent to find tails that resemble each other: %s",
	(_, compressor, expected) => {
		expect(fragmentOrder("similar", compressor)).toEqual(expected);
		expect(fragmentOrder("tree", compressor)).toEqual({ by: "tree" });
	},
);
