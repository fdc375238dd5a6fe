import {
	type ImageSource,
	METADATA_BLOCK_SIZE,
	RAW_METADATA_BLOCK,
	readU64,
	SUPERBLOCK_FLAGS,
	SUPERBLOCK_SIZE,
	type Superblock,
	XATTR_HEADER_SIZE,
} from "../format/index.js";

/** A stretch of an image that is not file data. */
export interface ImageRegion {
	readonly name:
		| "superblock"
		| "compressor options"
		| "inode table"
		| "directory table"
		| "fragment table"
		| "export table"
		| "id table"
		| "xattr table";
	/** Position of its first byte in the image. */
	readonly start: number;
	/** Position after its last byte in the image. */
	readonly end: number;
}

/**
 * Returns the stretches that the superblock names, by position. Each table ends where the next one begins.
 * @throws SquashfsError ERR_SQUASHFS_FORMAT when a position is outside of the image.
 */
export function readRegions(source: ImageSource, superblock: Superblock): ImageRegion[] {
	const { inodeTable, directoryTable, fragmentTable, exportTable, idTable, xattrTable } = superblock;
	const { fragments } = superblock;
	const starts: [ImageRegion["name"], number | undefined][] = [
		["inode table", inodeTable],
		["directory table", directoryTable],
		["fragment table", fragments > 0 ? firstBlock(source, fragmentTable) : fragmentTable],
		["export table", firstBlock(source, exportTable)],
		["id table", firstBlock(source, idTable)],
		["xattr table", xattrTable === undefined ? undefined : xattrStart(source, xattrTable)],
	];
	const tables = starts
		.flatMap(([name, start]) => (start === undefined ? [] : [{ name, start }]))
		.sort((a, b) => a.start - b.start);
	return [
		{ name: "superblock", start: 0, end: SUPERBLOCK_SIZE },
		...compressorOptions(source, superblock),
		...tables.map((table, i) => ({ ...table, end: tables[i + 1]?.start ?? source.size })),
	];
}

/** Returns the first block of a lookup table, which is a list of positions after their blocks. */
function firstBlock(source: ImageSource, list: number | undefined): number | undefined {
	return list === undefined
		? undefined
		: Math.min(list, readU64(source.read(list, 8, "lookup table"), 0, "lookup table"));
}

function xattrStart(source: ImageSource, header: number): number {
	const bytes = source.read(header, XATTR_HEADER_SIZE, "xattr table");
	return Math.min(header, readU64(bytes, 0, "xattr table"));
}

function compressorOptions(source: ImageSource, { flags }: Superblock): ImageRegion[] {
	if ((flags & SUPERBLOCK_FLAGS.compressorOptions) === 0) return [];
	const header = source.read(SUPERBLOCK_SIZE, 2, "compressor options").readUInt16LE(0);
	const length = Math.min(header & (RAW_METADATA_BLOCK - 1), METADATA_BLOCK_SIZE);
	return [{ name: "compressor options", start: SUPERBLOCK_SIZE, end: SUPERBLOCK_SIZE + 2 + length }];
}
