import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import { type Content, errorCode } from "../../ground/bytes/index.js";

/** Most bytes of a header, whose names and comments are not used. */
const HEADER_LIMIT = 1 << 16;
export const TRAILER_SIZE = 8;
/** Bytes that are read, and expanded, at a time. */
const CHUNK = 1 << 18;

/** The error for damaged gzip data, before its file is named. */
export class GzipFault extends Error {}

/** Returns whether a file begins like a gzip member. */
export function isGzip(content: Content): boolean {
	const magic = new Uint8Array(Math.min(2, content.size));
	content.read(magic, 0);
	return magic[0] === 0x1f && magic[1] === 0x8b;
}

/**
 * Expands the first gzip member of a file (RFC 1952), and checks checksum and length at its end.
 * @param onTrailing called when bytes follow the member, which importers would read too.
 * @throws GzipFault
 */
export async function* expandGzipMember(file: Content, onTrailing: () => void): AsyncGenerator<Uint8Array> {
	const start = headerSize(file);
	const inflate = createInflateRaw({ chunkSize: CHUNK });
	const fed = feed(file, start, inflate).catch((error: Error) => void inflate.destroy(error));
	let [sum, length] = [0, 0];
	try {
		for await (const chunk of inflate) {
			sum = crc32(chunk as Uint8Array, sum);
			length += (chunk as Uint8Array).length;
			yield chunk as Uint8Array;
		}
	} catch (cause) {
		if (!errorCode(cause)?.startsWith("Z_")) throw cause;
		throw new GzipFault((cause as Error).message, { cause });
	} finally {
		inflate.destroy();
		await fed;
	}
	const end = start + inflate.bytesWritten;
	checkTrailer(file, end, sum, length);
	if (file.size > end + TRAILER_SIZE) onTrailing();
}

/** Feeds a file from a position on through one buffer, until the end or until the stream is destroyed. */
async function feed(file: Content, start: number, inflate: InflateRaw): Promise<void> {
	const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, file.size - start));
	for (let position = start; position < file.size; position += CHUNK) {
		const chunk = buffer.subarray(0, Math.min(CHUNK, file.size - position));
		file.read(chunk, position);
		if (!(await write(inflate, chunk))) return;
	}
	inflate.end();
}

/** Writes a chunk. Returns true once it is consumed, or false if the stream was closed; its reader gets the error. */
function write(inflate: InflateRaw, chunk: Uint8Array): Promise<boolean> {
	return new Promise((resolve) => {
		const onClose = (): void => resolve(false);
		inflate.once("close", onClose);
		inflate.write(chunk, (error) => {
			inflate.off("close", onClose);
			resolve(!error);
		});
	});
}

/** Compares checksum and number of expanded bytes with the end of their member. @throws GzipFault */
export function checkTrailer(file: Content, position: number, sum: number, length: number): void {
	if (file.size < position + TRAILER_SIZE) throw new GzipFault("unexpected end of file");
	const trailer = Buffer.alloc(TRAILER_SIZE);
	file.read(trailer, position);
	if (trailer.readUInt32LE(0) !== sum) throw new GzipFault("incorrect data check");
	if (trailer.readUInt32LE(4) !== length % 2 ** 32) throw new GzipFault("incorrect length check");
}

/**
 * Returns the bytes of a member's header (RFC 1952, 2.3): ten and, depending on the flags, an extra field, a name,
 * a comment and a checksum.
 * @throws GzipFault
 */
export function headerSize(file: Content): number {
	const header = Buffer.alloc(Math.min(HEADER_LIMIT, file.size));
	file.read(header, 0);
	const flags = header[3] ?? 0;
	if (header.length < 10 || header[2] !== 8 || flags > 0x1f) throw new GzipFault("incorrect header check");
	let at = 10;
	if (flags & 0x04) at += 2 + (at + 2 <= header.length ? header.readUInt16LE(at) : HEADER_LIMIT);
	for (const flag of [0x08, 0x10]) {
		if ((flags & flag) === 0) continue;
		const end = header.indexOf(0, at);
		at = end < 0 ? HEADER_LIMIT : end + 1;
	}
	const end = flags & 0x02 ? at + 2 : at;
	if (end >= header.length) throw new GzipFault("its header does not end");
	if (end > at && header.readUInt16LE(at) !== (crc32(header.subarray(0, at)) & 0xffff))
		throw new GzipFault("incorrect header checksum");
	return end;
}
