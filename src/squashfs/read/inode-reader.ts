import {
	damaged,
	decodeDevice,
	EXTENDED,
	INODE_TYPES,
	type InodeHeader,
	type InodeKind,
	type MetadataPosition,
	NO_INDEX,
} from "../format/index.js";
import type { MetadataCursor } from "./metadata-reader.js";

// A kernel refuses longer ones.
const TARGET_LIMIT = 4096;
const KINDS = new Map(Object.entries(INODE_TYPES).map(([kind, type]) => [type, kind as InodeKind]));

/** A regular file as its inode has it. */
export interface StoredFile {
	readonly kind: "file";
	/** Bytes. */
	readonly size: number;
	/** Image position of the first block. */
	readonly start: number;
	readonly fragment: { readonly index: number; readonly offset: number } | undefined;
	/** Where the block words are. */
	readonly blocks: MetadataPosition;
}

export interface StoredDirectory {
	readonly kind: "directory";
	readonly listing: MetadataPosition;
	/** Bytes of the listing. */
	readonly size: number;
	/** The entries of its index, by which kernels look names up; undefined where there are none. */
	readonly index: { readonly count: number; readonly start: MetadataPosition } | undefined;
}

/** An inode as it is read; its block words and directory index stay where they are. */
export type StoredInode = InodeHeader & {
	/** With type bits, where a writer left them in. */
	readonly storedMode: number;
} & (
		| StoredFile
		| StoredDirectory
		| { readonly kind: "symlink"; readonly target: Uint8Array }
		| {
				readonly kind: "block-device" | "character-device";
				readonly major: number;
				readonly minor: number;
		  }
		| { readonly kind: "fifo" | "socket" }
	);

type Links = Pick<InodeHeader, "links" | "xattr">;

/** Reads the inode at the cursor. @throws SquashfsError ERR_SQUASHFS_FORMAT. */
export function readInode(cursor: MetadataCursor): StoredInode {
	const type = cursor.u16();
	const extended = type > EXTENDED;
	const kind = KINDS.get(extended ? type - EXTENDED : type);
	if (kind === undefined) throw damaged("inode", `expected a type from 1 to 14, got ${type}`);
	const storedMode = cursor.u16();
	const mode = storedMode & 0o7777;
	const uid = cursor.u16();
	const gid = cursor.u16();
	const mtime = cursor.u32();
	const number = cursor.u32();
	return { mode, storedMode, uid, gid, mtime, number, ...readBody(cursor, kind, extended) };
}

function readBody(cursor: MetadataCursor, kind: InodeKind, extended: boolean): Links & KindBody {
	if (kind === "directory") return extended ? readExtendedDirectory(cursor) : readDirectory(cursor);
	if (kind === "file") return extended ? readExtendedFile(cursor) : readFile(cursor);
	const links = cursor.u32();
	const body = readSpecial(cursor, kind);
	return { links, ...body, xattr: extended ? readIndex(cursor) : undefined };
}

type KindBody = StoredInode extends infer I
	? I extends unknown
		? Omit<I, keyof InodeHeader | "storedMode">
		: never
	: never;
type SpecialKind = Exclude<InodeKind, "directory" | "file">;

function readSpecial(cursor: MetadataCursor, kind: SpecialKind): KindBody {
	if (kind === "fifo" || kind === "socket") return { kind };
	if (kind !== "symlink") return { kind, ...decodeDevice(cursor.u32()) };
	const length = cursor.u32();
	if (length === 0 || length > TARGET_LIMIT) {
		throw damaged("symlink", `expected a target of 1 to ${TARGET_LIMIT} bytes, got ${length}`);
	}
	const target = cursor.bytes(length);
	// Kernels end a target there: other readers would go elsewhere.
	if (target.includes(0)) throw damaged("symlink", "expected a target without a NUL, got one");
	return { kind, target };
}

function readDirectory(cursor: MetadataCursor): Links & StoredDirectory {
	const block = cursor.u32();
	const links = cursor.u32();
	const size = listingSize(cursor.u16());
	const offset = cursor.u16();
	return { kind: "directory", links, xattr: undefined, listing: { block, offset }, size, index: undefined };
}

function readExtendedDirectory(cursor: MetadataCursor): Links & StoredDirectory {
	const links = cursor.u32();
	const size = listingSize(cursor.u32());
	const block = cursor.u32();
	cursor.u32();
	const count = cursor.u16();
	const offset = cursor.u16();
	const xattr = readIndex(cursor);
	const index = count === 0 ? undefined : { count, start: cursor.position };
	return { kind: "directory", links, xattr, listing: { block, offset }, size, index };
}

// The stored size counts two entries that are not there, "." and "..", as 3 bytes.
function listingSize(stored: number): number {
	return Math.max(stored - 3, 0);
}

function readFile(cursor: MetadataCursor): Links & StoredFile {
	const start = cursor.u32();
	const fragment = readFragment(cursor);
	const size = cursor.u32();
	return { kind: "file", links: 1, xattr: undefined, size, start, fragment, blocks: cursor.position };
}

function readExtendedFile(cursor: MetadataCursor): Links & StoredFile {
	const start = cursor.u64();
	const size = cursor.u64();
	cursor.bytes(8);
	const links = cursor.u32();
	const fragment = readFragment(cursor);
	const xattr = readIndex(cursor);
	return { kind: "file", links, xattr, size, start, fragment, blocks: cursor.position };
}

function readFragment(cursor: MetadataCursor): StoredFile["fragment"] {
	const index = readIndex(cursor);
	const offset = cursor.u32();
	return index === undefined ? undefined : { index, offset };
}

function readIndex(cursor: MetadataCursor): number | undefined {
	const index = cursor.u32();
	return index === NO_INDEX ? undefined : index;
}
