import { hash } from "node:crypto";
import { type BlockPool, type CompressedBlock, compressorVersion } from "../../codec/index.js";
import { type ByteString, byteString, contentSha256 } from "../../ground/bytes/index.js";
import { programDigest } from "../../ground/files/index.js";
import type { Tail } from "../group/index.js";

/** Name of a block by its inputs: 32 bytes of SHA-256. */
export type BlockKey = ByteString;

/** Compressed blocks by key, of this run or of many. A block without bytes is a hole. */
export interface BlockStore {
	/**
	 * Returns a block, which may be unfinished; undefined when it must be made.
	 * @param memory the block may be read into it, if it is large enough: `blockMemory` is.
	 */
	find(
		key: BlockKey,
		memory?: Uint8Array | undefined,
	): CompressedBlock | Promise<CompressedBlock> | undefined;
	/**
	 * Keeps a block once it is made, unless it fails.
	 * @param isGiven whether nobody but those who find it here uses the block, so that its memory may be freed.
	 */
	keep(key: BlockKey, block: CompressedBlock | Promise<CompressedBlock>, isGiven?: boolean): void;
}

/** Bytes that a store may keep before a block. */
const HEAD_ROOM = 64;

/** Returns memory for any block, and for what a store keeps before it. */
export function blockMemory(blockSize: number): Uint8Array {
	return new Uint8Array(HEAD_ROOM + blockSize);
}

/** Blocks of one file, or of the tails of several files. Only the former may be holes. */
export type DataBlockKind = "data" | "fragment";

/** Kinds of stored results: besides blocks, samples of tails, by the sampler's limit, and how tails were grouped. */
type BlockKind = DataBlockKind | `sample below ${number}` | "grouping";

/**
 * Names blocks by the contents they are cut from, so that a block that is found need not be read. Compressor, its
 * version, parameters and the block size are part of every name.
 */
export class BlockKeys {
	readonly #prefix: string;

	constructor({ compressor, blockSize }: Pick<BlockPool, "compressor" | "blockSize">) {
		const parameters = Object.entries(compressor).filter(([, value]) => value !== undefined);
		this.#prefix = JSON.stringify([compressorVersion(), blockSize, parameters.sort()]);
	}

	/** Returns the name of what is made from stretches of contents, in their order. */
	name(kind: BlockKind, stretches: readonly Tail[]): BlockKey {
		const version = kind === "data" || kind === "fragment" ? "" : groupingVersion();
		const names = stretches.map(
			({ content, position, size }) => `${contentSha256(content)} ${position} ${size}`,
		);
		return this.#name([kind, version, ...names]);
	}

	/** Returns the name of what is made from bytes. */
	nameBytes(kind: "metadata", bytes: Uint8Array): BlockKey {
		return this.#name([`${kind} bytes`, hash("sha256", bytes, "hex")]);
	}

	#name(parts: readonly string[]): BlockKey {
		return byteString(hash("sha256", [this.#prefix, ...parts].join("\n"), "buffer"));
	}
}

let version: string | undefined;

function groupingVersion(): string {
	version ??= programDigest(new URL("../group/index.js", import.meta.url).href);
	return version;
}
