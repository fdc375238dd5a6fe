import { deflateSync } from "node:zlib";

const PAGE_SIZE = 4096;
const BLOCK_SIZE = 16;

/** A database in rpm's own form, ndb, as rpm writes it: pages of slots, then a blob for each header. */
export function ndbFile(
	headers: readonly Uint8Array[],
	{ pages = 1 }: { readonly pages?: number } = {},
): Buffer {
	const slots = Buffer.alloc(pages * PAGE_SIZE);
	slots.write("RpmP", 0, "latin1");
	slots.writeUInt32LE(7, 8);
	slots.writeUInt32LE(pages, 12);
	slots.writeUInt32LE(headers.length + 1, 16);
	for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at, "latin1");
	const blobs = headers.map((header, index) => blobOf(index + 1, header));
	let position = slots.length;
	// The last slots: those before have been freed.
	for (const [index, blob] of blobs.entries()) {
		const at = slots.length - 16 * (headers.length - index);
		const words = [index + 1, position / BLOCK_SIZE, blob.length / BLOCK_SIZE];
		words.forEach((word, place) => {
			slots.writeUInt32LE(word, at + 4 + 4 * place);
		});
		position += blob.length;
	}
	return Buffer.concat([slots, ...blobs]);
}

/** Head, header, zeros to a whole number of blocks, and tail with the checksum of all before. */
function blobOf(number: number, header: Uint8Array): Buffer {
	const size = Math.ceil((16 + header.length + 12) / BLOCK_SIZE) * BLOCK_SIZE;
	const blob = Buffer.alloc(size);
	blob.write("BlbS", 0, "latin1");
	blob.writeUInt32LE(number, 4);
	blob.writeUInt32LE(7, 8);
	blob.writeUInt32LE(header.length, 12);
	blob.set(header, 16);
	blob.writeUInt32LE(adler32(blob.subarray(0, size - 12)), size - 12);
	blob.writeUInt32LE(header.length, size - 8);
	blob.write("BlbE", size - 4, "latin1");
	return blob;
}

/** A zlib stream ends with the checksum of its content. */
function adler32(bytes: Uint8Array): number {
	const stream = deflateSync(bytes, { level: 0 });
	return stream.readUInt32BE(stream.length - 4);
}
