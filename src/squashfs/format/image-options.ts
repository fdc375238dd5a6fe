import type { CompressorOptions } from "../../codec/index.js";
import { SquashfsError } from "./errors.js";

/** Everything that decides the bytes of an image besides the tree. */
export interface ImageOptions {
	readonly compressor: CompressorOptions;
	/** Bytes: a power of two, 4 KiB..1 MiB. Kernels with 64 KiB pages cannot mount less than 64 KiB. */
	readonly blockSize: number;
	/** Creation time in the superblock, seconds since 1970: 0..2^32-1. */
	readonly modificationTime: number;
	/**
	 * What shares a fragment block: tails that resemble each other, by their names where the compressor is quick and by
	 * their bytes otherwise, or neighbours in the tree.
	 */
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
	/** Where the data of files may begin; undefined for anywhere, which takes the least space. */
	readonly alignment: Alignment | undefined;
}

/**
 * Data that begins at multiples: a change in one file leaves the pages of the others as they are, so that
 * updates in blocks find them again. Between them there are zeros, which no reader looks at.
 */
export interface Alignment {
	/** Bytes: a power of two, 512..1 MiB. */
	readonly multiple: number;
	/** Only files whose first block is stored in so many bytes, and such fragment blocks, are aligned. */
	readonly minimum: number;
}

/** What holds for an image unless it is said otherwise. */
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
	alignment: undefined,
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

/**
 * Parses `4096` or `4096,32K`.
 * @throws SquashfsError ERR_SQUASHFS_OPTION.
 */
export function parseAlignment(text: string): Alignment {
	const [, multiple, number = "0", unit = ""] = /^(\d{1,7})(?:,(\d{1,7})(K?))?$/i.exec(text) ?? [];
	const alignment = { multiple: Number(multiple), minimum: Number(number) * (unit === "" ? 1 : 1024) };
	if (isAlignment(alignment)) return alignment;
	throw new SquashfsError(
		"ERR_SQUASHFS_OPTION",
		`squashfs alignment: read: expected a power of two from 512 to 1048576, maybe with the least size of what is aligned, such as 4096 or 4096,32K, got ${JSON.stringify(text)}`,
	);
}

/** @throws SquashfsError ERR_SQUASHFS_OPTION. */
export function checkAlignment(alignment: Alignment | undefined): void {
	if (alignment === undefined || isAlignment(alignment)) return;
	throw new SquashfsError(
		"ERR_SQUASHFS_OPTION",
		`squashfs alignment: check: expected a power of two from 512 to 1048576, got ${alignment.multiple}`,
	);
}

function isAlignment({ multiple, minimum }: Alignment): boolean {
	return (
		multiple >= 512 &&
		multiple <= 1 << 20 &&
		Number.isInteger(Math.log2(multiple)) &&
		Number.isInteger(minimum)
	);
}

/** @throws SquashfsError ERR_SQUASHFS_OPTION; the compressor's options are checked by the codec. */
export function checkModificationTime(time: number): void {
	if (Number.isInteger(time) && time >= 0 && time <= 0xffffffff) return;
	throw new SquashfsError(
		"ERR_SQUASHFS_OPTION",
		`squashfs modification time: check: expected seconds from 0 to 4294967295, got ${time}`,
	);
}
