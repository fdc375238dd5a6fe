/** Names as mksquashfs's -comp takes them. */
export type CompressorName = "gzip" | "xz" | "lz4" | "zstd";

/** Branch filters as mksquashfs's -Xbcj names them, those that blocks can get. */
export type BranchFilter = "x86" | "arm" | "armthumb" | "arm64" | "riscv";

/** Effort of the xz encoder. */
export type Tier = "fast" | "balanced" | "best";

/**
 * Everything that decides a compressor's output besides the block: plain data, so that it can
 * go to a worker and into a cache key.
 */
export type CompressorOptions =
	| {
			readonly name: "xz";
			readonly tier: Tier;
			/** Bytes, 8 KiB..1 MiB, at most the block size. Default: the block size (at least 8 KiB). */
			readonly dictionarySize?: number | undefined;
			/** Branch filters; which one a block gets, if any, is decided by its bytes. */
			readonly bcj?: BranchFilter | readonly BranchFilter[] | undefined;
	  }
	| { readonly name: "gzip"; readonly level: number /* 1..9 */; readonly windowLog: number /* 8..15 */ }
	| { readonly name: "lz4"; readonly highCompression: boolean }
	| { readonly name: "zstd"; readonly level: number /* 1..22 */ };

/** What a block is, where the parameters depend on it. */
export type BlockKind = "data" | "metadata";

/** Compresses independent blocks; the output depends on the block, its kind and the options alone. */
export interface Compressor {
	readonly options: CompressorOptions;
	/**
	 * @param block 1 byte up to the block size (metadata: up to 8 KiB).
	 * @returns the stored form, always shorter than `block` and valid until the next call,
	 *   or undefined when compressing does not make it shorter: store it raw.
	 */
	compress(block: Uint8Array, kind: BlockKind): Uint8Array | undefined;
}

/** Expands blocks of one compressor, hostile ones too. */
export interface Decompressor {
	/**
	 * @param maximum most bytes the block may expand to.
	 * @returns the expanded bytes, in memory of the decompressor: they are valid until its next call. A new
	 *   buffer for each block would fill the memory of a thread long before its collector sees a need.
	 * @throws CodecError ERR_CODEC_DATA when the block is damaged or expands beyond `maximum`.
	 */
	decompress(block: Uint8Array, maximum: number): Uint8Array;
}
