import { byteString, utf8ByteString } from "../../ground/bytes/index.js";
import type { Attributes, Device, Directory, Inode } from "../rootfs/index.js";

/** Attribute of a directory that hides the whole directory below it (kernel: overlayfs.rst). */
const OPAQUE = utf8ByteString("trusted.overlay.opaque");

/** Returns the node that hides a name of the tree below: character device 0:0. */
export function createWhiteout(mtime: number): Device {
	const attributes = { mode: 0, uid: 0, gid: 0, mtime, xattrs: new Map() };
	return { kind: "character-device", attributes, major: 0, minor: 0 };
}

export function isWhiteout(inode: Inode): boolean {
	return inode.kind === "character-device" && inode.major === 0 && inode.minor === 0;
}

export function isOpaque({ attributes }: Directory): boolean {
	const value = attributes.xattrs.get(OPAQUE);
	return value !== undefined && byteString(value) === "y";
}

export function withOpaque(attributes: Attributes): Attributes {
	return { ...attributes, xattrs: new Map([...attributes.xattrs, [OPAQUE, Buffer.from("y")]]) };
}

export function withoutOpaque(attributes: Attributes): Attributes {
	return { ...attributes, xattrs: new Map([...attributes.xattrs].filter(([name]) => name !== OPAQUE)) };
}
