import type { ByteString, Content } from "../../ground/bytes/index.js";

/** What every inode has. Numbers only: no names of users ever count. */
export interface Attributes {
	/** Permission bits with setuid, setgid and sticky: 0..07777. */
	mode: number;
	/** 0..2^32-1. */
	uid: number;
	gid: number;
	/** Seconds since 1970: 0..2^32-1. */
	mtime: number;
	/** Full names (`security.capability`) to values. */
	xattrs: ReadonlyMap<ByteString, Uint8Array>;
}

/** A directory with its entries. */
export interface Directory {
	readonly kind: "directory";
	attributes: Attributes;
	/** Name (1..255 bytes, no `/`) to inode; the order of insertion has no meaning. */
	readonly entries: Map<ByteString, Inode>;
}

/** A file with its bytes. */
export interface RegularFile {
	readonly kind: "file";
	attributes: Attributes;
	readonly content: Content;
}

/** A symbolic link. */
export interface Symlink {
	readonly kind: "symlink";
	attributes: Attributes;
	/** 1..4095 bytes, stored as they are. */
	readonly target: ByteString;
}

/** A device node. */
export interface Device {
	readonly kind: "block-device" | "character-device";
	attributes: Attributes;
	/** 0..4095. */
	readonly major: number;
	/** 0..1048575. */
	readonly minor: number;
}

/** A named pipe or a socket. */
export interface Ipc {
	readonly kind: "fifo" | "socket";
	attributes: Attributes;
}

/** Hard links are one inode object under several names: identity is what counts. */
export type Inode = Directory | RegularFile | Symlink | Device | Ipc;

/** A root file system in memory. */
export interface RootfsTree {
	readonly root: Directory;
}
