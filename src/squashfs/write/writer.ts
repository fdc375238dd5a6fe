import { COMPRESSOR_IDS, type Compressor, encodeCompressorOptions } from "../../codec/index.js";
import type { RootfsTree } from "../../image/rootfs/index.js";
import {
	type CompressMetadata,
	checkAlignment,
	checkModificationTime,
	type DataLayout,
	type DataWriter,
	encodeExportEntries,
	encodeFragmentEntries,
	encodeLookupTable,
	encodeMetadataBlock,
	encodeReference,
	encodeSuperblock,
	IdTable,
	type ImageFile,
	type ImageOptions,
	type ImageStats,
	type LookupTable,
	SUPERBLOCK_FLAGS,
	SUPERBLOCK_SIZE,
	XattrTable,
} from "../format/index.js";
import { createDataWriter } from "./data-writer.js";
import type { ImageEngine } from "./image-engine.js";
import { type InodeTables, writeInodeTables } from "./inode-tables.js";
import { createMetadataCompressor } from "./metadata-compressor.js";
import { planTree } from "./tree-plan.js";

const PADDED_TO = 4096;

/**
 * Writes a tree as a squashfs 4.0 image. The bytes depend only on the tree and the options.
 * @throws SquashfsError ERR_SQUASHFS_OPTION, ERR_SQUASHFS_TREE or ERR_SQUASHFS_LIMIT.
 */
export async function writeImage(
	tree: RootfsTree,
	image: ImageFile,
	options: ImageOptions,
	engine: ImageEngine = {},
): Promise<ImageStats> {
	checkModificationTime(options.modificationTime);
	checkAlignment(options.alignment);
	const compressor = createMetadataCompressor(options, engine.store);
	return writeStructure(tree, image, options, compressor, createDataWriter(options, engine));
}

/** Writes the structures of the format in their order, with the given compressor of metadata and writer of data. */
export async function writeStructure(
	tree: RootfsTree,
	image: ImageFile,
	options: ImageOptions,
	compressor: Pick<Compressor, "compress">,
	writeData: DataWriter,
): Promise<ImageStats> {
	const compress: CompressMetadata = (block) => compressor.compress(block, "metadata");
	const plan = planTree(tree);
	const ids = new IdTable(plan.inodes, compress);
	const xattrs = new XattrTable(options.rawXattrs ? storeRaw : compress);
	const output = new ImageAppender(image, SUPERBLOCK_SIZE);

	const compressorOptions = encodeCompressorOptions(options.compressor, options.blockSize);
	if (compressorOptions) output.append(encodeMetadataBlock(compressorOptions, storeRaw));
	let tables: InodeTables | undefined;
	const data = await writeData(plan.files, image, output.position, async (files) => {
		tables = await writeInodeTables(plan, {
			files,
			ids,
			xattrs: options.xattrs ? xattrs : undefined,
			compress: options.rawInodes ? storeRaw : compress,
		});
	});
	if (tables === undefined) throw new TypeError("squashfs: write data: expected the layouts of all files");
	output.position = data.end;
	// Readers compute the end of each table from the start of the next, so they are in this order, without gaps.
	const positions = {
		inodeTable: output.append(Buffer.concat(tables.inodes)),
		directoryTable: output.append(Buffer.concat(tables.directories)),
		fragmentTable: output.appendTable(encodeFragmentEntries(data.fragments), compress),
		exportTable: options.exportable
			? output.appendTable(encodeExportEntries(tables.positions), compress)
			: undefined,
		idTable: output.appendTable(ids.encode(), compress),
		xattrTable: xattrs.size > 0 ? output.place(xattrs.encode(output.position, compress)) : undefined,
	};
	const bytesUsed = output.position;
	if (options.pad) output.append(new Uint8Array(-bytesUsed & (PADDED_TO - 1)));
	const superblock = encodeSuperblock({
		inodes: plan.numbers.size,
		modificationTime: options.modificationTime,
		blockSize: options.blockSize,
		fragments: data.fragments.length,
		compression: COMPRESSOR_IDS[options.compressor.name],
		flags: imageFlags(options, compressorOptions !== undefined, xattrs.size > 0),
		ids: ids.size,
		root: encodeReference(tables.positions.at(-1)!),
		bytesUsed,
		...positions,
	});
	image.write(superblock, 0);
	return {
		bytesUsed,
		size: output.position,
		inodes: plan.numbers.size,
		blocks: countBlocks(data),
		fragments: data.fragments.length,
		warnings: [...ids.warnings, ...xattrs.warnings],
	};
}

function storeRaw(): undefined {
	return undefined;
}

class ImageAppender {
	readonly #image: ImageFile;
	position: number;

	constructor(image: ImageFile, position: number) {
		this.#image = image;
		this.position = position;
	}

	/** Appends bytes. @returns the position of the first byte. */
	append(bytes: Uint8Array): number {
		const start = this.position;
		if (bytes.length > 0) this.#image.write(bytes, start);
		this.position += bytes.length;
		return start;
	}

	appendTable(entries: Uint8Array, compress: CompressMetadata): number {
		return this.place(encodeLookupTable(entries, this.position, compress));
	}

	/** Appends a table. @returns the position for the superblock. */
	place(table: LookupTable): number {
		this.append(table.bytes);
		return table.start;
	}
}

function imageFlags(options: ImageOptions, compressorOptions: boolean, xattrs: boolean): number {
	const flags = SUPERBLOCK_FLAGS;
	return (
		(options.rawInodes ? flags.rawInodes : 0) |
		(options.rawData ? flags.rawData : 0) |
		(options.rawFragments ? flags.rawFragments : 0) |
		(options.rawXattrs ? flags.rawXattrs : 0) |
		(options.fragments === "none" ? flags.noFragments : 0) |
		(options.fragments === "always" ? flags.alwaysFragments : 0) |
		(options.duplicates ? flags.duplicates : 0) |
		(options.exportable ? flags.exportable : 0) |
		(xattrs ? 0 : flags.noXattrs) |
		(compressorOptions ? flags.compressorOptions : 0)
	);
}

function countBlocks(data: DataLayout): number {
	const counts = new Map<number, number>();
	for (const { start, blocks } of data.files.values()) {
		if (blocks.length === 0) continue;
		const stored = blocks.filter((word) => word !== 0).length;
		counts.set(start, Math.max(counts.get(start) ?? 0, stored));
	}
	return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
