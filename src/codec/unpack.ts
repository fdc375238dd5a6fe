import { PACKING_HEAD_SIZE, packingOf } from "../ground/bytes/index.js";
import { CodecError } from "./errors.js";
import { readGzip } from "./gzip-stream.js";
import { decodeZstdStream } from "./zstd-stream.js";

/** Most bytes of a window that a zstd frame may require, as the reference decoder allows by default. */
const MAXIMUM_WINDOW = 1 << 27;

/**
 * Expands a stream according to its first bytes; a plain one passes unchanged. Layers, archives and root file
 * systems are all unpacked here.
 * @throws CodecError ERR_CODEC_DATA for damaged data; ERR_CODEC_UNSUPPORTED, which names the packing.
 */
export async function* unpackStream(
	chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
	const iterator = chunks[Symbol.asyncIterator]();
	try {
		const head = await takeHead(iterator, PACKING_HEAD_SIZE);
		const packing = packingOf(head);
		const packed = chain(head, iterator);
		if (packing === undefined) yield* packed;
		else if (packing === "gzip") yield* readGzip(packed);
		else if (packing === "zstd") yield* decodeZstdStream(packed, MAXIMUM_WINDOW);
		else throw new CodecError("ERR_CODEC_UNSUPPORTED", unsupportedText(packing));
	} finally {
		await iterator.return?.();
	}
}

function unsupportedText(packing: "xz" | "bzip2"): string {
	return `expected plain tar, gzip or zstd, got ${packing} (unpack it first: ${packing} -d)`;
}

/** Returns the first bytes of a stream, at least `length` or all of a shorter stream. */
async function takeHead(iterator: AsyncIterator<Uint8Array>, length: number): Promise<Uint8Array> {
	let head: Uint8Array = new Uint8Array(0);
	while (head.length < length) {
		const { done, value } = await iterator.next();
		if (done === true) break;
		head = head.length === 0 ? value : Buffer.concat([head, value]);
	}
	return head;
}

async function* chain(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
	if (head.length > 0) yield head;
	yield* { [Symbol.asyncIterator]: () => rest };
}
