import { setImmediate as nextTurn } from "node:timers/promises";
import { type ByteString, byteStringBytes } from "../../ground/bytes/index.js";
import type { Inode } from "../../image/rootfs/index.js";
import {
	type CompressMetadata,
	type DirectoryEntry,
	encodeInode,
	type FileLayouts,
	type IdTable,
	INODE_TYPES,
	type InodeBody,
	type InodeHeader,
	type MetadataPosition,
	MetadataWriter,
	writeListing,
	type XattrTable,
} from "../format/index.js";
import type { PlannedDirectory, TreePlan } from "./tree-plan.js";

/** The inode table and the directory table, each of which contains positions in the other. */
export interface InodeTables {
	readonly inodes: readonly Uint8Array[];
	readonly directories: readonly Uint8Array[];
	/** Place of each inode in the inode table, by its number less one. */
	readonly positions: readonly MetadataPosition[];
}

/** Inodes, about 4 ms of them, after which writing the tables lets other work run. */
const TURN_INODES = 400;

export interface InodeTableParts {
	readonly files: FileLayouts;
	readonly ids: IdTable;
	readonly xattrs: XattrTable | undefined;
	readonly compress: CompressMetadata;
}

/**
 * Writes the tables. A listing contains the positions of its inodes, and a directory's inode that of its listing.
 * So for each directory, after those below it, the inodes of all its entries are written, and then its listing. The
 * root's inode, which is in no directory, is last. It pauses for the work that feeds the workers.
 */
export async function writeInodeTables(plan: TreePlan, parts: InodeTableParts): Promise<InodeTables> {
	const writer = new InodeTableWriter(plan, parts);
	for (const inode of plan.inodes) writer.indexXattrs(inode);
	let inodesOfTurn = 0;
	for (const directory of plan.directories) {
		writer.write(directory);
		inodesOfTurn += directory.entries.length;
		if (inodesOfTurn < TURN_INODES) continue;
		inodesOfTurn = 0;
		await nextTurn();
	}
	return writer.finish();
}

class InodeTableWriter {
	readonly #plan: TreePlan;
	readonly #parts: InodeTableParts;
	readonly #inodes: MetadataWriter;
	readonly #directories: MetadataWriter;
	readonly #positions: MetadataPosition[] = [];
	readonly #listings: Map<Inode, InodeBody> = new Map();
	readonly #xattrs: Map<Inode, number | undefined> = new Map();

	constructor(plan: TreePlan, parts: InodeTableParts) {
		this.#plan = plan;
		this.#parts = parts;
		this.#inodes = new MetadataWriter(parts.compress);
		this.#directories = new MetadataWriter(parts.compress);
	}

	/** Assigns xattr sets their index in tree order, whatever the order of writing. */
	indexXattrs(inode: Inode): void {
		const { xattrs } = inode.attributes;
		if (xattrs.size > 0) this.#xattrs.set(inode, this.#parts.xattrs?.index(xattrs));
	}

	write({ inode, parent, entries }: PlannedDirectory): void {
		const listed = entries.map(([name, child]) => this.#entry(name, child));
		const number = parent ? this.#plan.numbers.get(parent)! : this.#plan.numbers.size + 1;
		const listing = writeListing(listed, this.#directories);
		this.#listings.set(inode, { kind: "directory", parent: number, ...listing });
		if (!parent) this.#writeInode(inode, this.#plan.numbers.get(inode)!);
	}

	finish(): InodeTables {
		const inodes = this.#inodes.finish();
		return { inodes, directories: this.#directories.finish(), positions: this.#positions };
	}

	#entry(name: ByteString, inode: Inode): DirectoryEntry {
		const number = this.#plan.numbers.get(inode)!;
		const position = this.#positions[number - 1] ?? this.#writeInode(inode, number);
		return { name: byteStringBytes(name), inode: position, number, type: INODE_TYPES[inode.kind] };
	}

	#writeInode(inode: Inode, number: number): MetadataPosition {
		const position = this.#inodes.position;
		this.#inodes.append(encodeInode(this.#header(inode, number), this.#body(inode)));
		this.#positions[number - 1] = position;
		return position;
	}

	#header(inode: Inode, number: number): InodeHeader {
		const { mode, uid, gid, mtime, xattrs } = inode.attributes;
		return {
			mode,
			uid: this.#parts.ids.index(uid),
			gid: this.#parts.ids.index(gid),
			mtime,
			number,
			links: this.#plan.links.get(inode)!,
			xattr: xattrs.size > 0 ? this.#xattrs.get(inode) : undefined,
		};
	}

	#body(inode: Inode): InodeBody {
		switch (inode.kind) {
			case "directory":
				return this.#listings.get(inode)!;
			case "file":
				return {
					kind: "file",
					size: inode.content.size,
					layout: this.#parts.files.get(inode.content)!,
				};
			case "symlink":
				return { kind: "symlink", target: byteStringBytes(inode.target) };
			default:
				return inode;
		}
	}
}
