import { SquashfsError } from "./errors.js";
import { damaged } from "./image-source.js";

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

/**
 * @param bytes the first 96 bytes.
 * @param size bytes of the file that holds the image.
 * @throws SquashfsError ERR_SQUASHFS_FORMAT or ERR_SQUASHFS_UNSUPPORTED.
 */
export function decodeSuperblock(bytes: Buffer, size: number): Superblock {
	if (bytes.readUInt32LE(0) !== MAGIC) throw damaged("superblock", "expected the magic number hsqs");
	const version = `${bytes.readUInt16LE(28)}.${bytes.readUInt16LE(30)}`;
	if (version !== "4.0") {
		throw new SquashfsError(
			"ERR_SQUASHFS_UNSUPPORTED",
			`squashfs image: superblock: expected version 4.0, got ${version}`,
		);
	}
	const superblock: Superblock = {
		inodes: bytes.readUInt32LE(4),
		modificationTime: bytes.readUInt32LE(8),
		blockSize: bytes.readUInt32LE(12),
		fragments: bytes.readUInt32LE(16),
		compression: bytes.readUInt16LE(20),
		flags: bytes.readUInt16LE(24),
		ids: bytes.readUInt16LE(26),
		root: position(bytes, 32),
		bytesUsed: position(bytes, 40),
		idTable: position(bytes, 48),
		xattrTable: optionalPosition(bytes, 56),
		inodeTable: position(bytes, 64),
		directoryTable: position(bytes, 72),
		fragmentTable: optionalPosition(bytes, 80),
		exportTable: optionalPosition(bytes, 88),
	};
	checkSuperblock(superblock, bytes.readUInt16LE(22), size);
	return superblock;
}

function position(bytes: Buffer, offset: number): number {
	return optionalPosition(bytes, offset) ?? Number.POSITIVE_INFINITY;
}

function optionalPosition(bytes: Buffer, offset: number): number | undefined {
	const value = bytes.readBigUInt64LE(offset);
	return value === ABSENT ? undefined : Number(value);
}

function checkSuperblock(superblock: Superblock, blockLog: number, size: number): void {
	const { blockSize, bytesUsed, inodeTable, directoryTable, inodes, ids } = superblock;
	if (blockSize < 4096 || blockSize > 1 << 20 || blockSize !== 2 ** blockLog) {
		throw damaged(
			"superblock",
			`expected a block size of 4 KiB to 1 MiB, got ${blockSize} and 2^${blockLog}`,
		);
	}
	if (bytesUsed > size) throw damaged("superblock", `expected ${bytesUsed} bytes, got a file of ${size}`);
	if (inodes === 0 || ids === 0) throw damaged("superblock", `${inodes} inodes and ${ids} ids`);
	const tables = tablePositions(superblock).filter((table) => table !== undefined);
	if (tables.some((table) => table < SUPERBLOCK_SIZE || table > bytesUsed)) {
		throw damaged("superblock", `expected all tables within ${bytesUsed} bytes, got ${tables.join(", ")}`);
	}
	if (inodeTable >= directoryTable)
		throw damaged("superblock", "the inode table is not before the directories");
}
