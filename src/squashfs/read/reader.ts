import { type CompressorName, compressorOfId, createDecompressor } from "../../codec/index.js";
import {
	type ByteString,
	byteString,
	type Content,
	displayByteString,
	type Stretch,
} from "../../ground/bytes/index.js";
import type { Attributes } from "../../image/rootfs/index.js";
import {
	type BlockObserver,
	damaged,
	decodeReference,
	decodeSuperblock,
	ENTRY_SIZE,
	ImageSource,
	INODE_TYPES,
	readRange,
	SquashfsError,
	SUPERBLOCK_SIZE,
	type Superblock,
} from "../format/index.js";
import { expandAhead } from "./expand-ahead.js";
import type { StoredContent, StoredFragment } from "./file-reader.js";
import { type ImageRegion, readRegions } from "./image-regions.js";
import { ImageTables } from "./image-tables.js";
import type { StoredDirectory, StoredFile, StoredInode } from "./inode-reader.js";
import { ListingReader } from "./listing-reader.js";

// Longest path, which also bounds the depth.
const PATH_LIMIT = 65_535;
/** Bytes that the strings of all entries may take: this much, and more for each entry. */
const FREE_BYTES = 1 << 24;
const BYTES_PER_ENTRY = 256;

/** The kind of an entry, with what is specific to it. */
export type EntryBody =
	| { readonly kind: "directory" }
	| { readonly kind: "file"; readonly content: StoredContent }
	| { readonly kind: "symlink"; readonly target: ByteString }
	| {
			readonly kind: "block-device" | "character-device";
			readonly major: number;
			readonly minor: number;
	  }
	| { readonly kind: "fifo" | "socket" };

/** One name in an image. */
export type ImageEntry = EntryBody & {
	/** Path from the root, without a slash at the start; empty for the root. */
	readonly path: ByteString;
	/** Levels below the root, which is at level 0. */
	readonly depth: number;
	/** Last part of the path. */
	readonly name: ByteString;
	/** Inode number, which hard links share. */
	readonly number: number;
	/** Link count. */
	readonly links: number;
	/** Permission bits as stored, with type bits if a writer left them in. */
	readonly storedMode: number;
	/** Whether it is a file of whole blocks that has a fragment anyway. */
	readonly hasEmptyTail: boolean;
	readonly attributes: Readonly<Attributes>;
};

/** A squashfs image that is open for reading. */
export interface SquashfsImage {
	readonly superblock: Superblock;
	readonly compressor: CompressorName;
	/**
	 * Yields every name, parents before their contents, names of a directory in byte order.
	 * @throws SquashfsError ERR_SQUASHFS_FORMAT or ERR_SQUASHFS_LIMIT if the image is damaged.
	 */
	entries(): Generator<ImageEntry>;
	/** Returns the position and size of every fragment block, by index. @throws SquashfsError ERR_SQUASHFS_FORMAT. */
	fragments(): StoredFragment[];
	/**
	 * Expands on all processors what will be read of contents of the image, or of stretches of them, in this order,
	 * if threads are worth starting. Contents have the same bytes with and without it, and those of other images
	 * are ignored. The result must be closed.
	 */
	expandAhead(parts: readonly (Content | Stretch)[]): { close(): void };
	/** Returns the stretches of the image that are not file data. @throws SquashfsError ERR_SQUASHFS_FORMAT. */
	regions(): ImageRegion[];
}

/** Options for opening an image. */
export interface OpenOptions {
	/** Receives every compressed block before it is expanded. */
	readonly onBlock?: BlockObserver | undefined;
	/** Most bytes of expanded fragment blocks that are kept for the next file. Default: 32 MiB. */
	readonly cachedFragments?: number | undefined;
}

/**
 * Opens a squashfs 4.0 image of any origin, which may be damaged or hostile. Contents of files are read, and their
 * damage is found, on demand.
 * @throws SquashfsError ERR_SQUASHFS_FORMAT or ERR_SQUASHFS_UNSUPPORTED.
 */
export function openImage(content: Content, { onBlock, cachedFragments }: OpenOptions = {}): SquashfsImage {
	const start = readRange(content, content.size, 0, SUPERBLOCK_SIZE, "superblock");
	const superblock = decodeSuperblock(start, content.size);
	const compressor = imageCompressor(superblock.compression);
	const decompressor = createDecompressor(compressor, superblock.blockSize);
	const source = new ImageSource(content, superblock.bytesUsed, decompressor, onBlock);
	const tables = new ImageTables(source, superblock, cachedFragments);
	const fragments = (): StoredFragment[] => tables.files.fragments(superblock.fragments);
	return {
		superblock,
		compressor,
		entries: () => walk(tables),
		fragments,
		// An observer of blocks sees only those that this thread expands.
		expandAhead: (parts) =>
			expandAhead(onBlock ? [] : parts, {
				source,
				compressor,
				superblock,
				files: tables.files,
				fragments,
			}),
		regions: () => readRegions(source, superblock),
	};
}

function imageCompressor(id: number): CompressorName {
	try {
		return compressorOfId(id);
	} catch (cause) {
		const message = `squashfs image: superblock: ${(cause as Error).message}`;
		throw new SquashfsError("ERR_SQUASHFS_UNSUPPORTED", message, { cause });
	}
}

type OpenDirectory = { readonly path: ByteString; readonly listing: ListingReader };

// This uses a stack of its own, for directories deeper than calls can nest.
function* walk(tables: ImageTables): Generator<ImageEntry> {
	const listings = new ListingGuard(tables);
	const root = tables.inode(decodeReference(tables.superblock.root));
	if (root.kind !== "directory") throw damaged("root", `expected a directory, got a ${root.kind}`);
	const empty = "" as ByteString;
	const strings = new StringBudget();
	yield imageEntry(tables, root, empty, empty, 0);
	const stack: OpenDirectory[] = [{ path: empty, listing: listings.open(root) }];
	while (stack.length > 0) {
		const { path: parent, listing } = stack.at(-1)!;
		if (!listing.next()) {
			stack.pop();
			continue;
		}
		const { name } = listing;
		listings.count(name);
		const path = joinPath(parent, name);
		const inode = listedInode(tables, listing);
		const entry = imageEntry(tables, inode, path, name, stack.length);
		strings.spend(entry);
		yield entry;
		if (inode.kind === "directory") stack.push({ path, listing: listings.open(inode) });
	}
}

function joinPath(parent: ByteString, name: ByteString): ByteString {
	const path = parent === "" ? name : (`${parent}/${name}` as ByteString);
	if (path.length <= PATH_LIMIT) return path;
	const start = displayByteString(path.slice(0, 60) as ByteString);
	throw new SquashfsError(
		"ERR_SQUASHFS_LIMIT",
		`squashfs image: ${start}…: expected a path of at most ${PATH_LIMIT} bytes`,
	);
}

function listedInode(tables: ImageTables, listing: ListingReader): StoredInode {
	const { name, number, type } = listing;
	const stored = tables.inode(listing);
	if (INODE_TYPES[stored.kind] === type && stored.number === number) return stored;
	throw damaged(
		displayByteString(name),
		`expected inode ${number} of type ${type}, got inode ${stored.number}, a ${stored.kind}`,
	);
}

function imageEntry(
	tables: ImageTables,
	inode: StoredInode,
	path: ByteString,
	name: ByteString,
	depth: number,
): ImageEntry {
	const { number, links, storedMode } = inode;
	const hasEmptyTail =
		inode.kind === "file" && inode.fragment >= 0 && inode.size % tables.superblock.blockSize === 0;
	const attributes = tables.attributes(inode);
	// Most names are those of files, for which nothing is copied between objects.
	if (inode.kind === "file") {
		const content = tables.files.content(inode);
		return { kind: "file", content, path, name, depth, number, links, storedMode, hasEmptyTail, attributes };
	}
	return { ...entryBody(inode), path, name, depth, number, links, storedMode, hasEmptyTail, attributes };
}

function entryBody(inode: Exclude<StoredInode, StoredFile>): EntryBody {
	switch (inode.kind) {
		case "symlink":
			return { kind: "symlink", target: byteString(inode.target) };
		case "block-device":
		case "character-device":
			return { kind: inode.kind, major: inode.major, minor: inode.minor };
		default:
			return { kind: inode.kind };
	}
}

/** Opens listings, and allows each directory once, and each byte of the table once. */
class ListingGuard {
	readonly #tables: ImageTables;
	readonly #seen: Set<number> = new Set();
	#spent = 0;

	constructor(tables: ImageTables) {
		this.#tables = tables;
	}

	open(directory: StoredDirectory): ListingReader {
		const { number, listing, size } = directory;
		if (this.#seen.has(number)) throw damaged("directory", `inode ${number} is in two places`);
		this.#seen.add(number);
		const cursor = this.#tables.directories.cursor(listing);
		return new ListingReader(cursor, size, this.#tables.index(directory));
	}

	/** Counts an entry that was read. @throws SquashfsError ERR_SQUASHFS_FORMAT. */
	count(name: ByteString): void {
		this.#spent += ENTRY_SIZE + name.length;
		if (this.#spent > this.#tables.directories.reached) {
			throw damaged("directory table", "its listings overlap");
		}
	}
}

/**
 * Counts the bytes of the strings that entries repeat: a path has the names above it, and hard links have one target
 * and one set of attributes. A small image could have entries of any size otherwise.
 */
class StringBudget {
	#left = FREE_BYTES;

	/** @throws SquashfsError ERR_SQUASHFS_LIMIT. */
	spend(entry: ImageEntry): void {
		let spent = entry.path.length;
		if (entry.kind === "symlink") spent += entry.target.length;
		for (const name of entry.attributes.xattrs.keys()) spent += name.length;
		this.#left += BYTES_PER_ENTRY - spent;
		if (this.#left >= 0) return;
		const shown = displayByteString(entry.path.slice(0, 60) as ByteString);
		throw new SquashfsError(
			"ERR_SQUASHFS_LIMIT",
			`squashfs image: /${shown}…: expected paths, targets and names of attributes of at most ${BYTES_PER_ENTRY} bytes an entry, and ${FREE_BYTES} bytes more in all`,
		);
	}
}
