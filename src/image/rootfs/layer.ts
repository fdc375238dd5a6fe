import { createHash } from "node:crypto";
import { CodecError, decodeZstdStream } from "../../codec/index.js";
import type { Digest, ImageLayer } from "../oci/index.js";
import { RootfsError } from "./errors.js";
import { GzipFault, readGzip } from "./gzip-stream.js";

export interface LayerOptions {
	/** Most bytes a layer may expand to, its sparse files too. Default 16 GiB. */
	readonly maximumSize?: number | undefined;
	/** Told how many bytes of the stored blob have been read. */
	readonly onProgress?: ((layer: ImageLayer, bytes: number) => void) | undefined;
	readonly signal?: AbortSignal | undefined;
}

const MAXIMUM_SIZE = 16 * 2 ** 30;

/** What the first bytes of a packed stream say, in hex; media types are not believed. */
const MAGIC: readonly (readonly [compression: string, magic: RegExp])[] = [
	["gzip", /^1f8b08/],
	["zstd", /^(28b52ffd|5.2a4d18)/], // also with a skippable frame in front
	["xz", /^fd377a585a00/],
	["bzip2", /^425a683[1-9]314159265359/],
];
const LONGEST_MAGIC = 10;
/** Bytes a zstd frame may ask for, as the reference decoder allows at most without being told. */
const MAXIMUM_WINDOW = 1 << 27;

/**
 * A layer's tar archive: unpacked by its magic bytes, limited in size, its diffID checked when
 * it ends. Read it to its end, also behind the end of the archive.
 *
 * @throws RootfsError naming the layer's digest; what the layer's own stream throws.
 */
export async function* openLayerTar(
	layer: ImageLayer,
	options: LayerOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
	const { digest } = layer.descriptor;
	const maximum = options.maximumSize ?? MAXIMUM_SIZE;
	const [algorithm, expected] = splitDigest(layer.diffId);
	const hash = createHash(algorithm);
	let size = 0;
	for await (const chunk of openArchive(countBytes(layer, options), `layer ${digest}`)) {
		size += chunk.length;
		if (size > maximum) {
			throw new RootfsError("ERR_LAYER_SIZE", `layer ${digest}: unpack: expected at most ${maximum} bytes`);
		}
		hash.update(chunk);
		yield chunk;
	}
	const got = hash.digest("hex");
	if (got === expected) return;
	const reason = `expected ${layer.diffId}, got ${algorithm}:${got}`;
	throw new RootfsError("ERR_LAYER_DIFF_ID", `layer ${digest}: diffID: ${reason}`);
}

/**
 * The bytes of an archive that may be packed with gzip or zstd.
 * @param subject what to name in errors.
 * @throws RootfsError ERR_LAYER_COMPRESSION, ERR_LAYER_DATA
 */
export async function* openArchive(
	chunks: AsyncIterable<Uint8Array>,
	subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
	const iterator = chunks[Symbol.asyncIterator]();
	try {
		const head = await takeHead(iterator, LONGEST_MAGIC);
		const compression = detectCompression(head);
		const packed = chain(head, iterator);
		if (compression === undefined) yield* packed;
		else if (compression === "gzip") yield* readGzip(packed);
		else if (compression === "zstd") yield* decodeZstdStream(packed, MAXIMUM_WINDOW);
		else throw unsupported(subject, compression);
	} catch (cause) {
		if (!(cause instanceof GzipFault || cause instanceof CodecError)) throw cause;
		throw new RootfsError("ERR_LAYER_DATA", `${subject}: unpack: ${cause.message}`, { cause });
	} finally {
		await iterator.return?.();
	}
}

function detectCompression(head: Uint8Array): string | undefined {
	const hex = Buffer.from(head.subarray(0, LONGEST_MAGIC)).toString("hex");
	return MAGIC.find(([, magic]) => magic.test(hex))?.[0];
}

/** At least `length` first bytes, fewer of a shorter stream. */
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

async function* countBytes(layer: ImageLayer, options: LayerOptions): AsyncGenerator<Uint8Array> {
	let bytes = 0;
	for await (const chunk of layer.open(options.signal)) {
		options.signal?.throwIfAborted();
		bytes += chunk.length;
		yield chunk;
		options.onProgress?.(layer, bytes);
	}
}

function unsupported(subject: string, compression: string): RootfsError {
	const reason = `expected plain tar, gzip or zstd, got ${compression}`;
	return new RootfsError("ERR_LAYER_COMPRESSION", `${subject}: unpack: ${reason}`);
}

function splitDigest(digest: Digest): readonly [algorithm: string, hex: string] {
	const colon = digest.indexOf(":");
	return [digest.slice(0, colon), digest.slice(colon + 1)];
}
