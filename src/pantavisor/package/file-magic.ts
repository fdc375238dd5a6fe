import type { Content } from "../../ground/bytes/index.js";

/** How files begin that another compressor cannot make smaller. */
const COMPRESSED: readonly (readonly number[])[] = [
	[0x68, 0x73, 0x71, 0x73], // squashfs
	[0x1f, 0x8b], // gzip
	[0xfd, 0x37, 0x7a, 0x58, 0x5a], // xz
	[0x28, 0xb5, 0x2f, 0xfd], // zstd
	[0x04, 0x22, 0x4d, 0x18], // lz4
	[0x02, 0x21, 0x4c, 0x18], // lz4, as kernels have it
	[0x42, 0x5a, 0x68], // bzip2
	[0x50, 0x4b, 0x03, 0x04], // zip
];

/** Whether a file is compressed already, by its first bytes. */
export function isCompressed(content: Content): boolean {
	const start = new Uint8Array(Math.min(8, content.size));
	content.read(start, 0);
	return COMPRESSED.some((magic) => magic.every((byte, i) => start[i] === byte));
}
