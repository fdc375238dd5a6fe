import type { Attributes } from "../../image/rootfs/index.js";
import {
	damaged,
	encodeReference,
	FRAGMENT_ENTRY_SIZE,
	ID_ENTRY_SIZE,
	type ImageSource,
	type MetadataPosition,
	type Superblock,
} from "../format/index.js";
import { DirectoryIndex, INDEX_ENTRY_SIZE, type IndexEntry, readIndexEntries } from "./directory-index.js";
import { FileReader } from "./file-reader.js";
import { readInode, type StoredDirectory, type StoredInode } from "./inode-reader.js";
import { LookupReader } from "./lookup-reader.js";
import { type MetadataCursor, MetadataReader } from "./metadata-reader.js";
import { XattrReader, type Xattrs } from "./xattr-reader.js";

const NO_XATTRS: Xattrs = new Map();

/** The tables that the superblock names. */
export class ImageTables {
	readonly superblock: Superblock;
	readonly files: FileReader;
	readonly directories: MetadataReader;
	readonly #inodes: MetadataReader;
	/** Cursor that reads one inode after the other. */
	readonly #inode: MetadataCursor;
	readonly #ids: LookupReader;
	/** Owners by index, as an image has few of them, which every inode names. */
	readonly #owners: Map<number, number> = new Map();
	readonly #xattrs: XattrReader | undefined;
	/** Place of the inode of each number. */
	readonly #places: Map<number, number> = new Map();
	#indexed = 0;

	constructor(source: ImageSource, superblock: Superblock, cachedFragments: number | undefined) {
		const { inodeTable, directoryTable, fragmentTable, idTable, xattrTable } = superblock;
		this.superblock = superblock;
		this.#inodes = new MetadataReader(source, inodeTable, directoryTable, "inode table");
		this.#inode = this.#inodes.cursor({ block: 0, offset: 0 });
		const directoryEnd = fragmentTable ?? superblock.exportTable ?? idTable;
		this.directories = new MetadataReader(source, directoryTable, directoryEnd, "directory table");
		this.#ids = new LookupReader(source, idTable, superblock.ids, ID_ENTRY_SIZE, "id table");
		this.#xattrs = xattrTable === undefined ? undefined : new XattrReader(source, xattrTable);
		const fragments = new LookupReader(
			source,
			fragmentTable ?? source.size,
			superblock.fragments,
			FRAGMENT_ENTRY_SIZE,
			"fragment table",
		);
		this.files = new FileReader(source, this.#inodes, fragments, superblock.blockSize, cachedFragments);
	}

	inode(position: MetadataPosition): StoredInode {
		this.#inode.seek(position);
		const inode = readInode(this.#inode);
		if (inode.number < 1 || inode.number > this.superblock.inodes) {
			throw damaged("inode", `expected a number from 1 to ${this.superblock.inodes}, got ${inode.number}`);
		}
		// Kernels keep inodes by number: which of two they use depends on the name that is looked up first.
		const place = encodeReference(position);
		const known = this.#places.get(inode.number);
		if (known === undefined) this.#places.set(inode.number, place);
		else if (known !== place) throw damaged("inode table", `two inodes have the number ${inode.number}`);
		return inode;
	}

	/** Opens the index of a directory; undefined if it has none. */
	index({ index, listing }: StoredDirectory): DirectoryIndex | undefined {
		return index && new DirectoryIndex(this.#countedEntries(index), listing);
	}

	*#countedEntries({
		count,
		start,
	}: {
		count: number;
		start: MetadataPosition;
	}): Generator<IndexEntry, undefined> {
		for (const entry of readIndexEntries(this.#inodes.cursor(start), count)) {
			this.#indexed += INDEX_ENTRY_SIZE + entry.name.length;
			if (this.#indexed > this.#inodes.reached) throw damaged("inode table", "its directory indexes overlap");
			yield entry;
		}
		return undefined;
	}

	attributes({ mode, uid, gid, mtime, xattr }: StoredInode): Attributes {
		const xattrs = xattr === undefined ? NO_XATTRS : this.#xattrSet(xattr);
		return { mode, uid: this.#id(uid), gid: this.#id(gid), mtime, xattrs };
	}

	#id(index: number): number {
		const known = this.#owners.get(index);
		if (known !== undefined) return known;
		const owner = this.#ids.entry(index).readUInt32LE(0);
		this.#owners.set(index, owner);
		return owner;
	}

	#xattrSet(index: number): Xattrs {
		// Kernels ignore the index in an image without the table.
		return this.#xattrs === undefined ? NO_XATTRS : this.#xattrs.set(index);
	}
}
