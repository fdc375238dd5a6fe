/** Compressors by their names in mksquashfs's -comp. */
export type CompressorName = "gzip" | "xz" | "lz4" | "zstd";

/** Branch filters for blocks, by their names in mksquashfs's -Xbcj. */
export type BranchFilter = "x86" | "arm" | "armthumb" | "arm64" | "riscv";

/** Effort of the xz encoder. */
export type Tier = "fast" | "balanced" | "best";

/**
 * Everything that decides a compressor's output besides the block. It is plain data, so that it can go to a
 * worker and into a cache key.
 */
export type CompressorOptions =
	| {
			readonly name: "xz";
			readonly tier: Tier;
			/** Bytes, 8 KiB..1 MiB, at most the block size. Default: the block size (at least 8 KiB). */
			readonly dictionarySize?: number | undefined;
			/** Branch filters. The bytes of a block decide which one it gets, if any. */
			readonly bcj?: BranchFilter | readonly BranchFilter[] | undefined;
	  }
	| { readonly name: "gzip"; readonly level: number /* 1..9 */; readonly windowLog: number /* 8..15 */ }
	| { readonly name: "lz4"; readonly highCompression: boolean }
	| { readonly name: "zstd"; readonly level: number /* 1..22 */ };

/** The kind of a block, as the parameters depend on it. */
export type BlockKind = "data" | "metadata";

/** Compresses independent blocks. The output depends only on the block, its kind and the options. */
export interface Compressor {
	readonly options: CompressorOptions;
	/**
	 * Compresses a block.
	 * @param block 1 byte up to the block size (metadata: up to 8 KiB).
	 * @returns the stored form, which is always shorter than `block` and valid until the next call, or undefined
	 *   if compressing does not make it shorter. Then the block is stored raw.
	 */
	compress(block: Uint8Array, kind: BlockKind): Uint8Array | undefined;
}

/** Expands blocks of one compressor, including hostile ones. */
export interface Decompressor {
	/**
	 * Expands a block.
	 * @param maximum most bytes that the block may expand to.
	 * @returns the expanded bytes, in memory of the decompressor: they are valid until its next call. A new
	 *   buffer for each block would fill the memory of a thread long before garbage collection.
	 * @throws CodecError ERR_CODEC_DATA if the block is damaged or expands beyond `maximum`.
	 */
	decompress(block: Uint8Array, maximum: number): Uint8Array;
}
