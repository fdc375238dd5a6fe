import type { Inode } from "../../image/rootfs/index.js";
import type { FileLayout } from "./data-layout.js";
import { Fields } from "./fields.js";
import type { MetadataPosition } from "./metadata-writer.js";

export type InodeKind = Inode["kind"];

/** Numbers of the basic inode types, which directory entries use too; the extended ones are 7 more. */
export const INODE_TYPES: Readonly<Record<InodeKind, number>> = {
	directory: 1,
	file: 2,
	symlink: 3,
	"block-device": 4,
	"character-device": 5,
	fifo: 6,
	socket: 7,
};
export const EXTENDED = 7;

/** Stored in place of an absent index of a fragment or an xattr set. */
export const NO_INDEX = 0xffffffff;

/** The fields that all stored inodes have. */
export interface InodeHeader {
	/** Permission bits only, 0..07777: kernels since 2025 refuse an inode whose mode has type bits. */
	readonly mode: number;
	/** Indexes into the id table. */
	readonly uid: number;
	readonly gid: number;
	/** Modification time, in seconds since 1970: 0..2^32-1. */
	readonly mtime: number;
	/** 1..inodes of the superblock, each once. */
	readonly number: number;
	readonly links: number;
	/** Index into the xattr table. */
	readonly xattr: number | undefined;
}

/** An entry with which a kernel can start reading a long listing in its middle. */
export interface DirectoryIndexEntry {
	/** Offset in the listing at which a run of entries starts. */
	readonly offset: number;
	/** Stored position of the directory table's block with this byte. */
	readonly block: number;
	/** First name of that run. */
	readonly name: Uint8Array;
}

export interface DirectoryBody {
	readonly kind: "directory";
	readonly listing: MetadataPosition;
	/** Bytes of the listing. */
	readonly size: number;
	/** Inode number of the parent; for the root, the number after the last. */
	readonly parent: number;
	readonly index: readonly DirectoryIndexEntry[];
}

export type InodeBody =
	| DirectoryBody
	| { readonly kind: "file"; readonly size: number; readonly layout: FileLayout }
	| { readonly kind: "symlink"; readonly target: Uint8Array }
	| {
			readonly kind: "block-device" | "character-device";
			readonly major: number;
			readonly minor: number;
	  }
	| { readonly kind: "fifo" | "socket" };

/** Returns the bytes of an inode, in the basic form if it suffices, else in the extended one. */
export function encodeInode(header: InodeHeader, body: InodeBody): Buffer {
	const extended = header.xattr !== undefined || needsExtended(header, body);
	const fields = new Fields();
	fields.u16(INODE_TYPES[body.kind] + (extended ? EXTENDED : 0));
	fields
		.u16(header.mode & 0o7777)
		.u16(header.uid)
		.u16(header.gid);
	fields.u32(header.mtime).u32(header.number);
	encodeBody(fields, header, body, extended);
	return fields.bytes();
}

function needsExtended(header: InodeHeader, body: InodeBody): boolean {
	if (body.kind === "directory") return body.index.length > 0 || body.size + 3 > 0xffff;
	if (body.kind !== "file") return false;
	const { start, sparse } = body.layout;
	return header.links > 1 || sparse > 0 || body.size > 0xffffffff || start > 0xffffffff;
}

function encodeBody(fields: Fields, header: InodeHeader, body: InodeBody, extended: boolean): void {
	const xattr = header.xattr ?? NO_INDEX;
	if (body.kind === "directory") {
		if (extended) encodeExtendedDirectory(fields, header, body);
		else encodeDirectory(fields, header, body);
	} else if (body.kind === "file") {
		if (extended) encodeExtendedFile(fields, header, body.size, body.layout);
		else encodeFile(fields, body.size, body.layout);
	} else {
		fields.u32(header.links);
		if (body.kind === "symlink") fields.u32(body.target.length).append(body.target);
		else if ("major" in body) fields.u32(encodeDevice(body.major, body.minor));
		if (extended) fields.u32(xattr);
	}
}

function encodeDirectory(fields: Fields, header: InodeHeader, body: DirectoryBody): void {
	fields.u32(body.listing.block).u32(header.links);
	fields
		.u16(body.size + 3)
		.u16(body.listing.offset)
		.u32(body.parent);
}

function encodeExtendedDirectory(fields: Fields, header: InodeHeader, body: DirectoryBody): void {
	fields
		.u32(header.links)
		.u32(body.size + 3)
		.u32(body.listing.block)
		.u32(body.parent);
	fields
		.u16(body.index.length)
		.u16(body.listing.offset)
		.u32(header.xattr ?? NO_INDEX);
	for (const { offset, block, name } of body.index) {
		fields
			.u32(offset)
			.u32(block)
			.u32(name.length - 1)
			.append(name);
	}
}

function encodeFile(fields: Fields, size: number, layout: FileLayout): void {
	fields.u32(layout.start);
	fields.u32(layout.fragment?.index ?? NO_INDEX).u32(layout.fragment?.offset ?? 0);
	fields.u32(size).words(layout.blocks);
}

function encodeExtendedFile(fields: Fields, header: InodeHeader, size: number, layout: FileLayout): void {
	fields.u64(layout.start).u64(size).u64(layout.sparse).u32(header.links);
	fields.u32(layout.fragment?.index ?? NO_INDEX).u32(layout.fragment?.offset ?? 0);
	fields.u32(header.xattr ?? NO_INDEX).words(layout.blocks);
}

/** Returns major and minor number as Linux packs them into 32 bits. */
export function encodeDevice(major: number, minor: number): number {
	return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

export function decodeDevice(device: number): { readonly major: number; readonly minor: number } {
	return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}
