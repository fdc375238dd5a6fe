import type { CompressorOptions } from "../../codec/index.js";

/** The common property of tails that share a block. */
export type FragmentOrder =
	/** Their position in the tree. */
	| { readonly by: "tree" }
	/** The names of their files, or the ends of these names. */
	| { readonly by: "names" }
	/** Common strings of bytes, sampling one in `oneIn`: a power of two, 32 at least. */
	| { readonly by: "strings"; readonly oneIn: number };

const NAMES: FragmentOrder = { by: "names" };
const FEW_STRINGS: FragmentOrder = { by: "strings", oneIn: 256 };
const MANY_STRINGS: FragmentOrder = { by: "strings", oneIn: 32 };

/** Returns how tails are grouped in an image of this compressor. */
export function fragmentOrder(order: "similar" | "tree", compressor: CompressorOptions): FragmentOrder {
	return order === "tree" ? { by: "tree" } : resemblance(compressor);
}

/**
 * Returns how similar tails are found. The faster the compressor, the less this may cost: reading and comparing all
 * tails takes as long as compressing them with lz4.
 */
function resemblance(compressor: CompressorOptions): FragmentOrder {
	if (compressor.name === "lz4") return compressor.highCompression ? MANY_STRINGS : NAMES;
	if (compressor.name !== "zstd" || compressor.level > 12) return MANY_STRINGS;
	return compressor.level <= 2 ? NAMES : FEW_STRINGS;
}
