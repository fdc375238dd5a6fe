import { decodeSuperblock, type Superblock } from "../../src/squashfs/format/superblock.js";

/** A table of metadata blocks: where each one starts and ends in the image. */
interface Blocks {
	readonly starts: readonly number[];
	readonly end: number;
}

const METADATA_SIZE = 8192;

/**
 * Breaches of the rules by which readers find the end of each table from the start of the next
 * (docs/formats/squashfs.md#superblock); written from the spec, apart from writer and reader.
 */
export function adjacencyBreaches(image: Buffer): string[] {
	const superblock = decodeSuperblock(image.subarray(0, 96), image.length);
	const breaches: string[] = [];
	const expect = (what: string, got: unknown, expected: unknown): void => {
		if (got !== expected) breaches.push(`${what}: expected ${expected}, got ${got}`);
	};
	const { xattrTable, exportTable, fragmentTable } = superblock;
	const xattrs = xattrTable === undefined ? undefined : xattrBlocks(image, superblock, expect);
	const ids = lookupBlocks(image, superblock.idTable, superblock.ids * 4, "id", expect);
	expect("end of id index", ids.indexEnd, xattrs?.starts[0] ?? superblock.bytesUsed);
	const beforeIds = ids.blocks.starts[0]!;
	let next = beforeIds;
	if (exportTable !== undefined) {
		const exports = lookupBlocks(image, exportTable, superblock.inodes * 8, "export", expect);
		expect("end of export index", exports.indexEnd, beforeIds);
		next = exports.blocks.starts[0]!;
	}
	const fragments = lookupBlocks(image, fragmentTable!, superblock.fragments * 16, "fragment", expect);
	expect("end of fragment index", fragments.indexEnd, next);
	const directoryEnd = fragments.blocks.starts[0] ?? fragmentTable!;
	expect("first fragment block before its index", directoryEnd <= fragmentTable!, true);
	const directories = chain(image, superblock.directoryTable, directoryEnd, "directory", expect);
	expect("end of directory table", directories.end, directoryEnd);
	const inodes = chain(image, superblock.inodeTable, superblock.directoryTable, "inode", expect);
	expect("end of inode table", inodes.end, superblock.directoryTable);
	expect("some inode block", inodes.starts.length > 0, true);
	return breaches;
}

type Expect = (what: string, got: unknown, expected: unknown) => void;

function xattrBlocks(image: Buffer, { xattrTable, bytesUsed }: Superblock, expect: Expect): Blocks {
	const start = Number(image.readBigUInt64LE(xattrTable!));
	const ids = image.readUInt32LE(xattrTable! + 8);
	const index = lookupBlocks(image, xattrTable! + 16, ids * 16, "xattr id", expect, xattrTable);
	expect("some xattr set", ids > 0, true);
	expect("end of xattr id index", index.indexEnd, bytesUsed);
	const pairs = chain(image, start, index.blocks.starts[0]!, "xattr", expect);
	expect("end of xattr pairs", pairs.end, index.blocks.starts[0]);
	return { starts: [start], end: bytesUsed };
}

function lookupBlocks(
	image: Buffer,
	index: number,
	size: number,
	what: string,
	expect: Expect,
	blocksEnd: number = index,
): { readonly blocks: Blocks; readonly indexEnd: number } {
	const count = Math.ceil(size / METADATA_SIZE);
	const starts = Array.from({ length: count }, (_, i) => Number(image.readBigUInt64LE(index + 8 * i)));
	for (const [i, start] of starts.entries()) {
		const end = starts[i + 1] ?? blocksEnd;
		const full = (i + 1) * METADATA_SIZE <= size;
		const stored = image.readUInt16LE(start);
		expect(`${what} block ${i}: end`, start + 2 + (stored & 0x7fff), end);
		expect(`${what} block ${i}: at most 8192 bytes`, (stored & 0x7fff) <= METADATA_SIZE, true);
		expect(`${what} block ${i}: full and raw`, full && (stored & 0x8000) !== 0, false);
	}
	return { blocks: { starts, end: blocksEnd }, indexEnd: index + 8 * count };
}

function chain(image: Buffer, start: number, end: number, what: string, expect: Expect): Blocks {
	const starts: number[] = [];
	let at = start;
	while (at < end) {
		starts.push(at);
		const stored = image.readUInt16LE(at) & 0x7fff;
		expect(`${what} block at ${at}: 1 to 8192 bytes`, stored >= 1 && stored <= METADATA_SIZE, true);
		at += 2 + stored;
	}
	return { starts, end: at };
}
