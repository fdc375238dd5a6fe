import { type Compressor, createCompressor } from "../../codec/index.js";
import { BlockKeys, type BlockStore } from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";

/** The compressor of metadata, asked only for blocks that `store` does not have. */
export function createMetadataCompressor(
	{ compressor: options, blockSize }: Pick<ImageOptions, "compressor" | "blockSize">,
	store: BlockStore | undefined,
): Pick<Compressor, "compress"> {
	const keys = store && new BlockKeys({ compressor: options, blockSize });
	// Not before it is needed: compiling it takes longer than finding all blocks in the store.
	let compressor: Compressor | undefined;
	return {
		compress(block, kind) {
			const key = keys?.nameBytes("metadata", block);
			const known = key && store?.find(key);
			if (known && !(known instanceof Promise)) return known.raw ? undefined : known.bytes;
			compressor ??= createCompressor(options, blockSize);
			const stored = compressor.compress(block, kind);
			// That a block does not become shorter is worth knowing too; its bytes are at hand.
			if (key) store?.keep(key, { bytes: Uint8Array.from(stored ?? []), raw: stored === undefined });
			return stored;
		},
	};
}
