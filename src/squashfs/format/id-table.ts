import type { Inode } from "../../image/rootfs/index.js";
import { SquashfsError } from "./errors.js";
import { Fields } from "./fields.js";
import { type CompressMetadata, METADATA_BLOCK_SIZE } from "./metadata-writer.js";

export const ID_ENTRY_SIZE = 4;
const ID_LIMIT = 65_535;
const IDS_PER_BLOCK: number = METADATA_BLOCK_SIZE / ID_ENTRY_SIZE;
/** This many equal ids at its end make any block compressible with every compressor. */
const REPEATS = 64;

/**
 * Distinct uids and gids together, in the order of their first use. Some kernels of early 2021
 * refuse an image whose full lookup block is stored raw: a block that does not compress ends with
 * repeated ids, as far as ids may be more than there are; where they may not, a warning says so.
 */
export class IdTable {
	readonly #stored: readonly number[];
	readonly #rawBlocks: number;
	readonly #indexes: Map<number, number> = new Map();

	/**
	 * @param compress the one that will be asked to compress the table.
	 * @throws SquashfsError ERR_SQUASHFS_LIMIT when there are more than 65,535 ids.
	 */
	constructor(inodes: readonly Inode[], compress: CompressMetadata) {
		const ids = new Set(inodes.flatMap(({ attributes: { uid, gid } }) => [uid, gid]));
		if (ids.size > ID_LIMIT) {
			throw new SquashfsError(
				"ERR_SQUASHFS_LIMIT",
				`ids: store: expected at most ${ID_LIMIT} different uids and gids, got ${ids.size}`,
			);
		}
		// unsquashfs refuses more ids than the inodes can have.
		const most = Math.min(ID_LIMIT, 2 * inodes.length);
		const { stored, rawBlocks } = arrangeIds([...ids], most, compress);
		this.#stored = stored;
		this.#rawBlocks = rawBlocks;
		for (const [index, id] of this.#stored.entries()) {
			if (!this.#indexes.has(id)) this.#indexes.set(id, index);
		}
	}

	get size(): number {
		return this.#stored.length;
	}

	/** What some kernels may refuse, as sentences. */
	get warnings(): readonly string[] {
		if (this.#rawBlocks === 0) return [];
		return [
			"ids: too many different ones to compress their table: some kernels of early 2021 refuse the image",
		];
	}

	/** Returns the index of an id of one of the inodes. */
	index(id: number): number {
		return this.#indexes.get(id)!;
	}

	encode(): Uint8Array {
		return encodeIds(this.#stored);
	}
}

function arrangeIds(
	ids: readonly number[],
	most: number,
	compress: CompressMetadata,
): { readonly stored: readonly number[]; readonly rawBlocks: number } {
	const stored: number[] = [];
	let spare = most - ids.length;
	let rawBlocks = 0;
	let next = 0;
	while (ids.length - next >= IDS_PER_BLOCK) {
		const block = ids.slice(next, next + IDS_PER_BLOCK);
		next += IDS_PER_BLOCK;
		const raw = compress(encodeIds(block)) === undefined;
		if (raw && spare >= REPEATS) {
			block.fill(block[0]!, -REPEATS);
			spare -= REPEATS;
			next -= REPEATS;
		} else if (raw) {
			rawBlocks++;
		}
		stored.push(...block);
	}
	return { stored: [...stored, ...ids.slice(next)], rawBlocks };
}

function encodeIds(ids: readonly number[]): Buffer {
	return new Fields(ids.length * ID_ENTRY_SIZE).words(ids).bytes();
}
