import {
	damaged,
	decodeDevice,
	EXTENDED,
	INODE_TYPES,
	type InodeKind,
	type MetadataPosition,
	NO_INDEX,
} from "../format/index.js";
import type { MetadataCursor } from "./metadata-reader.js";

// Kernels refuse longer targets.
const TARGET_LIMIT = 4096;
const KINDS = new Map(Object.entries(INODE_TYPES).map(([kind, type]) => [type, kind as InodeKind]));

/**
 * The fields that all inodes have. These are classes, not objects composed of others: an image has many thousand
 * inodes, and making one object at once is several times as fast.
 */
abstract class Inode {
	/** Mode with type bits, if a writer left them in. */
	readonly storedMode: number;
	/** Indexes into the id table. */
	readonly uid: number;
	readonly gid: number;
	/** Modification time, in seconds since 1970: 0..2^32-1. */
	readonly mtime: number;
	/** 1..inodes of the superblock, each once. */
	readonly number: number;
	abstract readonly links: number;
	/** Index into the xattr table; undefined for none. */
	abstract readonly xattr: number | undefined;

	constructor(cursor: MetadataCursor) {
		this.storedMode = cursor.u16();
		this.uid = cursor.u16();
		this.gid = cursor.u16();
		this.mtime = cursor.u32();
		this.number = cursor.u32();
	}

	/** Permission bits only, 0..07777. */
	get mode(): number {
		return this.storedMode & 0o7777;
	}
}

/** A regular file as in its inode; its block words stay in the image. */
export class StoredFile extends Inode {
	readonly kind = "file";
	readonly links: number;
	readonly xattr: number | undefined;
	/** Bytes. */
	readonly size: number;
	/** Position of the first block in the image. */
	readonly start: number;
	/** Index of the fragment block with its last bytes; -1 for none. */
	readonly fragment: number;
	/** Offset of these bytes in that block. */
	readonly offset: number;
	/** Place of the block words: metadata block, and offset in it. */
	readonly listBlock: number;
	readonly listOffset: number;

	constructor(cursor: MetadataCursor, extended: boolean) {
		super(cursor);
		this.start = extended ? cursor.u64() : cursor.u32();
		let size = extended ? cursor.u64() : 0;
		// Skips the number of bytes in holes.
		if (extended) cursor.bytes(8);
		this.links = extended ? cursor.u32() : 1;
		this.fragment = readIndex(cursor) ?? -1;
		this.offset = cursor.u32();
		if (!extended) size = cursor.u32();
		this.xattr = extended ? readIndex(cursor) : undefined;
		this.size = size;
		const { block, offset } = cursor.position;
		this.listBlock = block;
		this.listOffset = offset;
	}
}

export class StoredDirectory extends Inode {
	readonly kind = "directory";
	readonly links: number;
	readonly xattr: number | undefined;
	/** Bytes of the listing. */
	readonly size: number;
	readonly listing: MetadataPosition;
	/** The entries of its index, by which kernels look names up; undefined if there are none. */
	readonly index: { readonly count: number; readonly start: MetadataPosition } | undefined;

	constructor(cursor: MetadataCursor, extended: boolean) {
		super(cursor);
		let [block, count] = [extended ? 0 : cursor.u32(), 0];
		this.links = cursor.u32();
		this.size = listingSize(extended ? cursor.u32() : cursor.u16());
		if (extended) {
			block = cursor.u32();
			// Skips the number of the parent.
			cursor.u32();
			count = cursor.u16();
		}
		this.listing = { block, offset: cursor.u16() };
		// Skips the number of the parent, which kernels read here too: it may not be in the image.
		if (!extended) cursor.u32();
		this.xattr = extended ? readIndex(cursor) : undefined;
		this.index = count === 0 ? undefined : { count, start: cursor.position };
	}
}

class StoredSymlink extends Inode {
	readonly kind = "symlink";
	readonly links: number;
	readonly xattr: number | undefined;
	readonly target: Uint8Array;

	constructor(cursor: MetadataCursor, extended: boolean) {
		super(cursor);
		this.links = cursor.u32();
		const length = cursor.u32();
		if (length === 0 || length > TARGET_LIMIT) {
			throw damaged("symlink", `expected a target of 1 to ${TARGET_LIMIT} bytes, got ${length}`);
		}
		this.target = cursor.bytes(length);
		// Kernels end a target at a NUL: other readers would follow another one.
		if (this.target.includes(0)) throw damaged("symlink", "expected a target without a NUL, got one");
		this.xattr = extended ? readIndex(cursor) : undefined;
	}
}

class StoredDevice extends Inode {
	readonly kind: "block-device" | "character-device";
	readonly links: number;
	readonly xattr: number | undefined;
	readonly major: number;
	readonly minor: number;

	constructor(cursor: MetadataCursor, extended: boolean, kind: StoredDevice["kind"]) {
		super(cursor);
		this.kind = kind;
		this.links = cursor.u32();
		const { major, minor } = decodeDevice(cursor.u32());
		this.major = major;
		this.minor = minor;
		this.xattr = extended ? readIndex(cursor) : undefined;
	}
}

class StoredIpc extends Inode {
	readonly kind: "fifo" | "socket";
	readonly links: number;
	readonly xattr: number | undefined;

	constructor(cursor: MetadataCursor, extended: boolean, kind: StoredIpc["kind"]) {
		super(cursor);
		this.kind = kind;
		this.links = cursor.u32();
		this.xattr = extended ? readIndex(cursor) : undefined;
	}
}

/** An inode as read; its block words and directory index stay in the image. */
export type StoredInode = StoredFile | StoredDirectory | StoredSymlink | StoredDevice | StoredIpc;

/** Reads the inode at the cursor. @throws SquashfsError ERR_SQUASHFS_FORMAT. */
export function readInode(cursor: MetadataCursor): StoredInode {
	const type = cursor.u16();
	const extended = type > EXTENDED;
	const kind = KINDS.get(extended ? type - EXTENDED : type);
	switch (kind) {
		case "file":
			return new StoredFile(cursor, extended);
		case "directory":
			return new StoredDirectory(cursor, extended);
		case "symlink":
			return new StoredSymlink(cursor, extended);
		case "block-device":
		case "character-device":
			return new StoredDevice(cursor, extended, kind);
		case "fifo":
		case "socket":
			return new StoredIpc(cursor, extended, kind);
		default:
			throw damaged("inode", `expected a type from 1 to 14, got ${type}`);
	}
}

// The stored size includes 3 bytes for "." and "..", which are not stored.
function listingSize(stored: number): number {
	return Math.max(stored - 3, 0);
}

function readIndex(cursor: MetadataCursor): number | undefined {
	const index = cursor.u32();
	return index === NO_INDEX ? undefined : index;
}
