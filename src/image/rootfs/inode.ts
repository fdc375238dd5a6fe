import type { ByteString, Content } from "../../ground/bytes/index.js";

/** What every inode has. Numbers only: no names of users ever count. */
export interface Attributes {
	/** Permission bits with setuid, setgid and sticky: 0..07777. */
	readonly mode: number;
	/** 0..2^32-1. */
	readonly uid: number;
	readonly gid: number;
	/** Seconds since 1970: 0..2^32-1. */
	readonly mtime: number;
	/** Full names (`security.capability`) to values. */
	readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
}

/** A directory with its entries. */
export interface Directory {
	readonly kind: "directory";
	readonly attributes: Attributes;
	/** Name (1..255 bytes, no `/`) to inode; the order of insertion has no meaning. */
	readonly entries: ReadonlyMap<ByteString, Inode>;
}

/** A directory in the making: its maker changes it until others have the tree. */
export interface DirectoryDraft extends Directory {
	attributes: Attributes;
	readonly entries: Map<ByteString, Inode>;
}

/** A file with its bytes. */
export interface RegularFile {
	readonly kind: "file";
	readonly attributes: Attributes;
	readonly content: Content;
}

/** A symbolic link. */
export interface Symlink {
	readonly kind: "symlink";
	readonly attributes: Attributes;
	/** 1..4095 bytes, stored as they are. */
	readonly target: ByteString;
}

/** A device node. */
export interface Device {
	readonly kind: "block-device" | "character-device";
	readonly attributes: Attributes;
	/** 0..4095. */
	readonly major: number;
	/** 0..1048575. */
	readonly minor: number;
}

/** A named pipe or a socket. */
export interface Ipc {
	readonly kind: "fifo" | "socket";
	readonly attributes: Attributes;
}

/** Hard links are one inode object under several names: identity is what counts. */
export type Inode = Directory | RegularFile | Symlink | Device | Ipc;

/** A root file system in memory. Trees may share inodes, so nobody changes those of a tree that others have. */
export interface RootfsTree {
	readonly root: Directory;
}
