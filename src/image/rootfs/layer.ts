import { createHash } from "node:crypto";
import { CodecError, unpackStream } from "../../codec/index.js";
import type { Digest, ImageLayer } from "../oci/index.js";
import { RootfsError } from "./errors.js";

/** How layers are read. */
export interface LayerOptions {
	/** Most bytes a layer may expand to, its sparse files too. Default 16 GiB. */
	readonly maximumSize?: number | undefined;
	/** Receives how many bytes of the stored blob have been read. */
	readonly onProgress?: ((layer: ImageLayer, bytes: number) => void) | undefined;
	readonly signal?: AbortSignal | undefined;
}

const REMEDY = "(--max-layer allows more)";
const MAXIMUM_SIZE = 16 * 2 ** 30;

/**
 * A layer's tar archive: unpacked by its magic bytes, limited in size, its diffID checked when
 * it ends. Read it to its end, also after the end of the archive.
 *
 * @throws RootfsError naming the layer's digest; what the layer's own stream throws.
 */
export async function* openLayerTar(
	layer: ImageLayer,
	options: LayerOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
	yield* openChecked(countBytes(layer, options), { ...options, ...layer, subject: layerSubject(layer) });
}

/** What messages about a layer begin with. */
export function layerSubject({ descriptor }: ImageLayer): string {
	return `layer ${descriptor.digest}`;
}

/** A layer's archive, as the bytes of its blob are unpacked and checked. */
export interface PackedLayer extends Pick<LayerOptions, "maximumSize"> {
	readonly subject: string;
	readonly diffId: Digest;
}

/**
 * Yields the bytes of a layer's archive as `openLayerTar` does, from those of its blob.
 * @throws RootfsError
 */
export async function* openChecked(
	chunks: AsyncIterable<Uint8Array>,
	{ subject, diffId, maximumSize }: PackedLayer,
): AsyncGenerator<Uint8Array, void, undefined> {
	const [algorithm, expected] = splitDigest(diffId);
	const hash = createHash(algorithm);
	for await (const chunk of openLimited(chunks, subject, { maximumSize })) {
		hash.update(chunk);
		yield chunk;
	}
	const got = hash.digest("hex");
	if (got === expected) return;
	const reason = `expected ${diffId}, got ${algorithm}:${got}`;
	throw new RootfsError("ERR_LAYER_DIFF_ID", `${subject}: diffID: ${reason}`);
}

/**
 * Yields the bytes of an archive that may be packed, as many as it may have: its headers, and what follows its end,
 * count too.
 * @throws RootfsError as `openArchive`; ERR_LAYER_SIZE
 */
export async function* openLimited(
	chunks: AsyncIterable<Uint8Array>,
	subject: string,
	{ maximumSize = MAXIMUM_SIZE }: Pick<LayerOptions, "maximumSize">,
): AsyncGenerator<Uint8Array, void, undefined> {
	let size = 0;
	for await (const chunk of openArchive(chunks, subject)) {
		size += chunk.length;
		if (size > maximumSize) {
			const reason = `expected at most ${maximumSize} bytes ${REMEDY}`;
			throw new RootfsError("ERR_LAYER_SIZE", `${subject}: unpack: ${reason}`);
		}
		yield chunk;
	}
}

/**
 * Yields the bytes of an archive that may be packed.
 * @param subject what to name in errors.
 * @throws RootfsError ERR_LAYER_COMPRESSION, ERR_LAYER_DATA
 */
export async function* openArchive(
	chunks: AsyncIterable<Uint8Array>,
	subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
	try {
		yield* unpackStream(chunks);
	} catch (cause) {
		if (!(cause instanceof CodecError)) throw cause;
		const code = cause.code === "ERR_CODEC_UNSUPPORTED" ? "ERR_LAYER_COMPRESSION" : "ERR_LAYER_DATA";
		throw new RootfsError(code, `${subject}: unpack: ${cause.message}`, { cause });
	}
}

/**
 * Reads a blob again, to its end, where what it holds was refused: its digest is only known there, and in a damaged
 * blob the place and the two digests are what people need to know.
 * @throws what is wrong with the blob; nothing where it is what its descriptor says.
 */
export async function checkBlob(layer: ImageLayer, refusal: unknown, signal: AbortSignal): Promise<void> {
	if (!(refusal instanceof RootfsError) || refusal.code === "ERR_LAYER_SIZE") return;
	for await (const _ of layer.open(signal)) signal.throwIfAborted();
}

/** Yields the bytes of a layer's blob, and reports how many were read. */
async function* countBytes(layer: ImageLayer, options: LayerOptions): AsyncGenerator<Uint8Array> {
	let bytes = 0;
	for await (const chunk of layer.open(options.signal)) {
		options.signal?.throwIfAborted();
		bytes += chunk.length;
		yield chunk;
		options.onProgress?.(layer, bytes);
	}
}

function splitDigest(digest: Digest): readonly [algorithm: string, hex: string] {
	const colon = digest.indexOf(":");
	return [digest.slice(0, colon), digest.slice(colon + 1)];
}
