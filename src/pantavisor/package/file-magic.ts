import { type Content, contentPacking } from "../../ground/bytes/index.js";

/** First bytes of files that another compressor cannot make smaller, besides those of packings. */
const COMPRESSED: readonly (readonly number[])[] = [
	[0x68, 0x73, 0x71, 0x73], // squashfs
	[0x04, 0x22, 0x4d, 0x18], // lz4
	[0x02, 0x21, 0x4c, 0x18], // lz4, as kernels have it
	[0x50, 0x4b, 0x03, 0x04], // zip
];

/** Returns whether a file is already compressed, by its first bytes. */
export function isCompressed(content: Content): boolean {
	const start = new Uint8Array(Math.min(8, content.size));
	content.read(start, 0);
	return (
		contentPacking(content) !== undefined ||
		COMPRESSED.some((magic) => magic.every((byte, i) => start[i] === byte))
	);
}
