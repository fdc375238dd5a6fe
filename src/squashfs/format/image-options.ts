import type { CompressorOptions } from "../../codec/index.js";
import { SquashfsError } from "./errors.js";

/** Everything that decides the bytes of an image besides the tree. */
export interface ImageOptions {
	readonly compressor: CompressorOptions;
	/** Bytes: a power of two, 4 KiB..1 MiB. Kernels with 64 KiB pages cannot mount less than 64 KiB. */
	readonly blockSize: number;
	/** Creation time in the superblock, seconds since 1970: 0..2^32-1. */
	readonly modificationTime: number;
	/** What shares a fragment block: tails that resemble each other, or neighbours in the tree. */
	readonly order: "similar" | "tree";
	/** Which tails share blocks: those of files below the block size, all, or none. */
	readonly fragments: "small" | "always" | "none";
	/** Equal files are stored once. */
	readonly duplicates: boolean;
	/** Writes the table that NFS and overlayfs file handles need. */
	readonly exportable: boolean;
	/** Stores extended attributes. */
	readonly xattrs: boolean;
	/** What is stored without compression. */
	readonly rawInodes: boolean;
	readonly rawData: boolean;
	readonly rawFragments: boolean;
	readonly rawXattrs: boolean;
	/** Zeros up to a multiple of 4 KiB, which loop devices need. */
	readonly pad: boolean;
}

export const DEFAULT_IMAGE_OPTIONS: ImageOptions = {
	compressor: { name: "xz", tier: "balanced" },
	blockSize: 128 << 10,
	modificationTime: 0,
	order: "similar",
	fragments: "always",
	duplicates: true,
	exportable: true,
	xattrs: true,
	rawInodes: false,
	rawData: false,
	rawFragments: false,
	rawXattrs: false,
	pad: true,
};

/** What `writeImage` wrote. */
export interface ImageStats {
	/** Bytes of the image without padding. */
	readonly bytesUsed: number;
	/** Bytes of the file. */
	readonly size: number;
	readonly inodes: number;
	/** Data blocks stored; holes and shared blocks do not count. */
	readonly blocks: number;
	/** Fragment blocks stored. */
	readonly fragments: number;
	/** What could not be stored, or not as every kernel takes it: a sentence each. */
	readonly warnings: readonly string[];
}

/** @throws SquashfsError ERR_SQUASHFS_OPTION; the compressor's options are checked by the codec. */
export function checkModificationTime(time: number): void {
	if (Number.isInteger(time) && time >= 0 && time <= 0xffffffff) return;
	throw new SquashfsError(
		"ERR_SQUASHFS_OPTION",
		`squashfs modification time: check: expected seconds from 0 to 4294967295, got ${time}`,
	);
}
