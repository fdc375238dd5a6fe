/** Bytes of the superblock, which is the first thing in an image. */
export const SUPERBLOCK_SIZE = 96;

const MAGIC = 0x73717368;
const ABSENT = 0xffffffffffffffffn;

/** Bits of `Superblock.flags`. Only `compressorOptions` makes a kernel do anything. */
export const SUPERBLOCK_FLAGS = {
	rawInodes: 0x1,
	rawData: 0x2,
	rawFragments: 0x8,
	noFragments: 0x10,
	alwaysFragments: 0x20,
	duplicates: 0x40,
	exportable: 0x80,
	rawXattrs: 0x100,
	noXattrs: 0x200,
	compressorOptions: 0x400,
} as const;

/** The 96 bytes at the start of an image; positions are bytes from the start of the image. */
export interface Superblock {
	/** 1.. */
	readonly inodes: number;
	/** Seconds since 1970. */
	readonly modificationTime: number;
	/** A power of two, 4 KiB..1 MiB. */
	readonly blockSize: number;
	/** Fragment blocks. */
	readonly fragments: number;
	/** 1 gzip, 3 lzo, 4 xz, 5 lz4, 6 zstd. */
	readonly compression: number;
	readonly flags: number;
	/** Distinct uids and gids, 1..65535. */
	readonly ids: number;
	/** Reference of the root inode. */
	readonly root: number;
	/** Bytes of the image without padding. */
	readonly bytesUsed: number;
	readonly idTable: number;
	/** Position of the xattr id header. */
	readonly xattrTable: number | undefined;
	readonly inodeTable: number;
	readonly directoryTable: number;
	readonly fragmentTable: number | undefined;
	readonly exportTable: number | undefined;
}

export function encodeSuperblock(superblock: Superblock): Buffer {
	const bytes = Buffer.alloc(SUPERBLOCK_SIZE);
	bytes.writeUInt32LE(MAGIC, 0);
	bytes.writeUInt32LE(superblock.inodes, 4);
	bytes.writeUInt32LE(superblock.modificationTime, 8);
	bytes.writeUInt32LE(superblock.blockSize, 12);
	bytes.writeUInt32LE(superblock.fragments, 16);
	bytes.writeUInt16LE(superblock.compression, 20);
	bytes.writeUInt16LE(Math.log2(superblock.blockSize), 22);
	bytes.writeUInt16LE(superblock.flags, 24);
	bytes.writeUInt16LE(superblock.ids, 26);
	bytes.writeUInt16LE(4, 28);
	bytes.writeBigUInt64LE(BigInt(superblock.root), 32);
	bytes.writeBigUInt64LE(BigInt(superblock.bytesUsed), 40);
	for (const [i, position] of tablePositions(superblock).entries()) {
		bytes.writeBigUInt64LE(position === undefined ? ABSENT : BigInt(position), 48 + 8 * i);
	}
	return bytes;
}

function tablePositions(superblock: Superblock): readonly (number | undefined)[] {
	const { idTable, xattrTable, inodeTable, directoryTable, fragmentTable, exportTable } = superblock;
	return [idTable, xattrTable, inodeTable, directoryTable, fragmentTable, exportTable];
}
