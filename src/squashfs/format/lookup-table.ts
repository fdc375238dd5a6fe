import { Fields } from "./fields.js";
import { type CompressMetadata, encodeMetadataBlock, METADATA_BLOCK_SIZE } from "./metadata-writer.js";

/** A table that is read by index: metadata blocks, then the position of each block. */
export interface LookupTable {
	/** The whole table, for the given position. */
	readonly bytes: Uint8Array;
	/** Position of the list of blocks in the image, for the superblock. */
	readonly start: number;
}

/**
 * Returns a lookup table.
 * @param entries all entries one after the other; their size divides 8192.
 * @param position of the table in the image.
 * @param compress even if other metadata stays raw: some kernels of early 2021 refuse an image whose full lookup
 *   block is stored raw.
 * @param header precedes the list of blocks.
 */
export function encodeLookupTable(
	entries: Uint8Array,
	position: number,
	compress: CompressMetadata,
	header?: Uint8Array,
): LookupTable {
	const table = new Fields(entries.length + METADATA_BLOCK_SIZE);
	const positions: number[] = [];
	for (let at = 0; at < entries.length; at += METADATA_BLOCK_SIZE) {
		positions.push(position + table.length);
		table.append(encodeMetadataBlock(entries.subarray(at, at + METADATA_BLOCK_SIZE), compress));
	}
	const start = position + table.length;
	if (header) table.append(header);
	for (const block of positions) table.u64(block);
	return { bytes: table.bytes(), start };
}
