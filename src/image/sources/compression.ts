import type { Content } from "../../ground/bytes/index.js";

/** How an archive or layer is compressed, by its first bytes: names lie. */
export function compressionOf(content: Content): "gzip" | "zstd" | undefined {
	const magic = Buffer.alloc(4);
	if (content.size < magic.length) return undefined;
	content.read(magic, 0);
	if (magic.readUInt16BE() === 0x1f8b) return "gzip";
	return magic.readUInt32LE() === 0xfd2fb528 ? "zstd" : undefined;
}
