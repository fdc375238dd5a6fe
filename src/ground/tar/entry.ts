import type { ByteString } from "../bytes/index.js";

/** Where a stretch of a sparse file's data lies, in bytes. */
export interface Extent {
	readonly offset: number;
	readonly length: number;
}

export type TarEntryKind =
	| "file"
	| "directory"
	| "symlink"
	| "hardlink"
	| "character-device"
	| "block-device"
	| "fifo";

/** One member of a tar archive, after GNU and pax headers were applied (docs/formats/images.md#reading-tar). */
export interface TarEntry {
	readonly kind: TarEntryKind;
	/** As written, not normalised: may be absolute, have `./`, `//` or `..`. Never empty. */
	readonly path: ByteString;
	/** Link target of symlinks and hard links, else empty. */
	readonly linkPath: ByteString;
	/** Permission bits with setuid, setgid and sticky: 0..07777. */
	readonly mode: number;
	/** 0..2^32-1. */
	readonly uid: number;
	readonly gid: number;
	/** Whole seconds, floored, clamped to 0..2^32-1. */
	readonly mtime: number;
	readonly deviceMajor: number;
	readonly deviceMinor: number;
	/** Full names (`security.capability`) to values, from SCHILY.xattr records. */
	readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
	/** Bytes of the file as a reader of it sees it (sparse files: expanded); 0 for other kinds. */
	readonly size: number;
	/**
	 * Data stretches of a sparse file, in order and without overlaps; the rest is zeros. Absent: `body` is the
	 * whole file. Present: `body` is the bytes of the extents only.
	 */
	readonly extents?: readonly Extent[] | undefined;
	/** The data; must be read to its end, or left alone, before the next entry is asked for. */
	readonly body: AsyncIterable<Uint8Array>;
}
