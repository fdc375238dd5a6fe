import { COMPRESSOR_IDS } from "../../codec/index.js";
import type { SquashfsImage } from "../../squashfs/read/index.js";
import { type Difference, difference } from "./difference.js";

/** Yields differences of the settings of superblocks. Positions follow from the files, and are left out. */
export function* compareSuperblocks(
	key: string,
	{ image: a }: { readonly image: SquashfsImage },
	{ image: b }: { readonly image: SquashfsImage },
): Generator<Difference> {
	const compressors = [a.superblock, b.superblock].map(({ compression }) => compressorName(compression));
	if (compressors[0] !== compressors[1]) {
		yield difference("image", key, "superblock: compression", compressors[0], compressors[1]);
	}
	for (const field of ["blockSize", "modificationTime"] as const) {
		const [x, y] = [a.superblock[field], b.superblock[field]];
		if (x !== y) yield difference("image", key, `superblock: ${field}`, x, y);
	}
	const [x, y] = [a.superblock.flags & ~NO_XATTRS, b.superblock.flags & ~NO_XATTRS];
	if (x !== y) yield difference("image", key, "superblock: flags", describeFlags(x), describeFlags(y));
}

/** This flag follows from the files: those with extended attributes are reported by themselves. */
const NO_XATTRS = 0x200;

/** The bits of the superblock's flags, and their names. */
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
	[0x1, "raw inodes"],
	[0x2, "raw data"],
	[0x8, "raw fragments"],
	[0x10, "no fragments"],
	[0x20, "fragments always"],
	[0x40, "duplicates once"],
	[0x80, "exportable"],
	[0x100, "raw xattrs"],
	[0x400, "compressor options"],
	[0x800, "raw ids"],
];

function describeFlags(flags: number): string {
	const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
	const others = FLAGS.reduce((rest, [bit]) => rest & ~bit, flags);
	return [...names, ...(others === 0 ? [] : [String(others)])].join(" + ") || "none";
}

/** Returns the name of a compressor, or its number if it is unknown. */
function compressorName(id: number): string {
	return Object.entries(COMPRESSOR_IDS).find(([, each]) => each === id)?.[0] ?? String(id);
}
