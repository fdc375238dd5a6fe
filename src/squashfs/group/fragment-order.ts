import type { CompressorOptions } from "../../codec/index.js";

/** What tails that share a block have in common. */
export type FragmentOrder =
	/** Their place in the tree. */
	| { readonly by: "tree" }
	/** The names of their files, or the ends of these. */
	| { readonly by: "names" }
	/** Strings of bytes, of which one in so many is looked at: a power of two, 32 at least. */
	| { readonly by: "strings"; readonly oneIn: number };

const NAMES: FragmentOrder = { by: "names" };
const FEW_STRINGS: FragmentOrder = { by: "strings", oneIn: 256 };
const MANY_STRINGS: FragmentOrder = { by: "strings", oneIn: 32 };

/** Returns how the tails of an image of this compressor are put together. */
export function fragmentOrder(order: "similar" | "tree", compressor: CompressorOptions): FragmentOrder {
	return order === "tree" ? { by: "tree" } : resemblance(compressor);
}

/**
 * What is looked at to find tails that resemble each other. The quicker the compressor, the less this may cost:
 * reading and comparing all tails takes as long as compressing them with lz4.
 */
function resemblance(compressor: CompressorOptions): FragmentOrder {
	if (compressor.name === "lz4") return compressor.highCompression ? MANY_STRINGS : NAMES;
	if (compressor.name !== "zstd" || compressor.level > 12) return MANY_STRINGS;
	return compressor.level <= 2 ? NAMES : FEW_STRINGS;
}
