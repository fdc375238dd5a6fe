import { type Compressor, createCompressor } from "../../codec/index.js";
import { BlockKeys, type BlockStore } from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";

/** Returns the compressor of metadata, which is called only for blocks that `store` does not have. */
export function createMetadataCompressor(
	{ compressor: options, blockSize }: Pick<ImageOptions, "compressor" | "blockSize">,
	store: BlockStore | undefined,
): Pick<Compressor, "compress"> {
	const keys = store && new BlockKeys({ compressor: options, blockSize });
	// It is made only when needed: compiling it takes longer than finding all blocks in the store.
	let compressor: Compressor | undefined;
	return {
		compress(block, kind) {
			const key = keys?.nameBytes("metadata", block);
			const known = key && store?.find(key);
			if (known && !(known instanceof Promise)) return known.raw ? undefined : known.bytes;
			compressor ??= createCompressor(options, blockSize);
			const stored = compressor.compress(block, kind);
			// It is also useful to know that a block does not become shorter; its bytes are at hand.
			if (key) store?.keep(key, { bytes: Uint8Array.from(stored ?? []), raw: stored === undefined });
			return stored;
		},
	};
}
