import type { CompressorOptions } from "../../codec/index.js";
import { SquashfsError } from "./errors.js";

/** Everything that decides the bytes of an image besides the tree. */
export interface ImageOptions {
	readonly compressor: CompressorOptions;
	/** Block size in bytes: a power of two, 4 KiB..1 MiB. Kernels with 64 KiB pages cannot mount less than 64 KiB. */
	readonly blockSize: number;
	/** Creation time in the superblock, seconds since 1970: 0..2^32-1. */
	readonly modificationTime: number;
	/**
	 * Which tails share a fragment block: similar ones, by their names if the compressor is fast and otherwise by
	 * their bytes, or neighbours in the tree.
	 */
	readonly order: "similar" | "tree";
	/** Which files have tails in shared blocks: those below the block size, all, or none. */
	readonly fragments: "small" | "always" | "none";
	/** Whether equal files are stored once. */
	readonly duplicates: boolean;
	/** Whether to write the table that NFS and overlayfs file handles need. */
	readonly exportable: boolean;
	/** Whether to store extended attributes. */
	readonly xattrs: boolean;
	/** Which parts are stored without compression. */
	readonly rawInodes: boolean;
	readonly rawData: boolean;
	readonly rawFragments: boolean;
	readonly rawXattrs: boolean;
	/** Whether to add zeros up to a multiple of 4 KiB, as loop devices need. */
	readonly pad: boolean;
	/** Where the data of files may begin; undefined for anywhere, which takes the least space. */
	readonly alignment: Alignment | undefined;
}

/**
 * Alignment of data to multiples: a change in one file then leaves the pages of others unchanged, so that updates
 * in blocks find them again. The space between is filled with zeros, which readers ignore.
 */
export interface Alignment {
	/** Bytes: a power of two, 512..1 MiB. */
	readonly multiple: number;
	/** Least stored size of a file's first block, or of a fragment block, that is aligned. Bytes. */
	readonly minimum: number;
}

/** Options that apply unless others are given. */
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
	/** Number of stored data blocks, without holes and shared blocks. */
	readonly blocks: number;
	/** Number of stored fragment blocks. */
	readonly fragments: number;
	/** What could not be stored, or not as every kernel accepts it: a sentence each. */
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
