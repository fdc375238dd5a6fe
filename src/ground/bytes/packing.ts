import type { Content } from "./content.js";

/** How layers, archives and packages are compressed. */
export type Packing = "gzip" | "zstd" | "xz" | "bzip2";

/** Bytes at the beginning of a file that identify its packing. */
export const PACKING_HEAD_SIZE = 10;

/**
 * The first bytes of each packing, in hex. This is the only such list: names and media types are not trusted.
 */
const MAGIC: readonly (readonly [packing: Packing, magic: RegExp])[] = [
	["gzip", /^1f8b08/],
	/** Also with a skippable frame in front, as pzstd writes them. */
	["zstd", /^(?:28b52ffd|5.2a4d18)/],
	["xz", /^fd377a585a00/],
	/** With its first block, or with the end of an empty stream. */
	["bzip2", /^425a683[1-9](?:314159265359|177245385090)/],
];

/** Returns the packing of a stream by its first `PACKING_HEAD_SIZE` bytes; undefined for an unknown one. */
export function packingOf(head: Uint8Array): Packing | undefined {
	const hex = Buffer.from(head.subarray(0, PACKING_HEAD_SIZE)).toString("hex");
	return MAGIC.find(([, magic]) => magic.test(hex))?.[0];
}

/** Returns the packing of a content; undefined for an unknown one. */
export function contentPacking(content: Content): Packing | undefined {
	const head = Buffer.alloc(Math.min(PACKING_HEAD_SIZE, content.size));
	content.read(head, 0);
	return packingOf(head);
}
