import type { Content } from "../../ground/bytes/index.js";

/** What a member of a zip begins with, little endian; most often the first bytes of the file. */
export const LOCAL_HEADER_MAGIC: number = 0x04034b50;

/** `build.zip//path/inside` → its two parts; `//` divides only after `.zip`. */
export function splitZipPath(path: string): { readonly outer: string; readonly inner: string | undefined } {
	const [, outer, inner] = /^(.*?\.zip)\/\/(.+)$/is.exec(path) ?? [];
	return { outer: outer ?? path, inner };
}

/** Returns whether a file begins as a zip does. */
export function isZip(content: Content): boolean {
	if (content.size < 22) return false;
	const magic = Buffer.alloc(4);
	content.read(magic, 0);
	return magic.readUInt32LE() === LOCAL_HEADER_MAGIC || magic.toString("latin1") === "PK\x05\x06";
}
