import { Fields } from "./fields.js";
import { encodeReference, type MetadataPosition } from "./metadata-writer.js";

const EXPORT_ENTRY_SIZE = 8;

/** The entries of the export table: the reference of every inode, by its number less one. */
export function encodeExportEntries(inodes: readonly MetadataPosition[]): Uint8Array {
	const fields = new Fields(inodes.length * EXPORT_ENTRY_SIZE);
	for (const inode of inodes) fields.u64(encodeReference(inode));
	return fields.bytes();
}
