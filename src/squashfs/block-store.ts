import { createHash, type Hash } from "node:crypto";
import { type ByteString, byteString, contentSha256 } from "../bytes/index.js";
import { type BlockPool, type CompressedBlock, compressorVersion } from "../codec/index.js";
import type { Tail } from "./fragment-grouping.js";

/** Names a block by what it is made from: 32 bytes of SHA-256. */
export type BlockKey = ByteString;

/** Compressed blocks by key: of this run, or of many. A block without bytes is a hole. */
export interface BlockStore {
	/** The block, which may still be in work; undefined when it must be made. */
	find(key: BlockKey): CompressedBlock | Promise<CompressedBlock> | undefined;
	/** Keeps a block, once it is made. A block that fails is not kept. */
	keep(key: BlockKey, block: CompressedBlock | Promise<CompressedBlock>): void;
}

/** Blocks of one file, or of several files' tails: only the first may be a hole. */
export type DataBlockKind = "data" | "fragment";

/**
 * Names blocks by the contents they are cut from, so that a block that is found need not be
 * read; compressor, its version, parameters and the block size are part of every name.
 */
export class BlockKeys {
	readonly #prefix: Hash;

	constructor({ compressor, blockSize }: Pick<BlockPool, "compressor" | "blockSize">) {
		const parameters = Object.entries(compressor).filter(([, value]) => value !== undefined);
		const identity = [compressorVersion(), blockSize, parameters.sort()];
		this.#prefix = createHash("sha256").update(JSON.stringify(identity)).update("\0");
	}

	/** The block of these stretches of contents, one behind the other. */
	block(kind: DataBlockKind, stretches: readonly Tail[]): BlockKey {
		const hash = this.#prefix.copy().update(kind);
		for (const { content, position, size } of stretches) {
			hash.update(` ${contentSha256(content)} ${position} ${size}`);
		}
		return byteString(hash.digest());
	}
}
