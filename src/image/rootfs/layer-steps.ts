import type { ByteString, Content } from "../../ground/bytes/index.js";
import type { Spool, SpooledBody } from "../../ground/files/index.js";
import { readEntries, type TarEntry } from "../../ground/tar/index.js";

/** An entry of a layer, whose body lies in a spool. */
export interface LayerEntry extends Omit<TarEntry, "body" | "size" | "extents"> {
	/** Of a file. */
	readonly content?: Content | undefined;
}

/** What a layer consists of, in order: entries, and warnings of the archive's reader. */
export type LayerStep = LayerEntry | string;

/** How layers are unpacked. */
export interface UnpackOptions {
	/** Most bytes of all files of a layer. Default 16 GiB. */
	readonly maximumSize?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

const NO_XATTRS: ReadonlyMap<ByteString, Uint8Array> = new Map();

/** Files with their holes may always have so many bytes: only digests run over holes. */
const LEAST_EXPANDED_LIMIT = 16 * 2 ** 30;

/**
 * Yields what a layer's archive consists of; file bodies go into the spool.
 * @throws TarError; BytesError of the spool; what `chunks` throws.
 */
export function unpackSteps(
	chunks: AsyncIterable<Uint8Array>,
	spool: Spool,
	options: UnpackOptions,
): AsyncGenerator<LayerStep, void, undefined> {
	return unpackEach(chunks, options, (entry) => unpackEntry(entry, spool));
}

/** An entry as another thread unpacked it. */
export interface UnpackedEntry extends Omit<LayerEntry, "content" | "xattrs"> {
	readonly body?: SpooledBody | undefined;
	/** Of the few that have some. */
	readonly xattrs?: LayerEntry["xattrs"] | undefined;
}

/** Yields what a layer's archive consists of, as `unpackSteps` does, for another thread. */
export function unpackPlainSteps(
	chunks: AsyncIterable<Uint8Array>,
	spool: Spool,
	options: UnpackOptions,
): AsyncGenerator<UnpackedEntry | string, void, undefined> {
	return unpackEach(chunks, options, (entry) => unpackPlainEntry(entry, spool));
}

/** An entry that another thread has unpacked into a spool of this one. */
export function layerEntry({ body, xattrs = NO_XATTRS, ...rest }: UnpackedEntry, spool: Spool): LayerEntry {
	return body === undefined ? { ...rest, xattrs } : { ...rest, xattrs, content: spool.content(body) };
}

async function* unpackEach<Entry>(
	chunks: AsyncIterable<Uint8Array>,
	{ maximumSize, signal }: UnpackOptions,
	unpack: (entry: TarEntry) => Promise<Entry>,
): AsyncGenerator<Entry | string, void, undefined> {
	const warnings: string[] = [];
	const maximumExpandedSize = Math.max(maximumSize ?? 0, LEAST_EXPANDED_LIMIT);
	const limits = { maximumTotalSize: maximumSize, maximumExpandedSize };
	for await (const entry of readEntries(chunks, { onWarning: (text) => warnings.push(text), ...limits })) {
		signal?.throwIfAborted();
		yield* warnings.splice(0);
		yield await unpack(entry);
	}
	yield* warnings;
}

/** The reader's entry holds on to the stream it came from. */
async function unpackEntry(entry: TarEntry, spool: Spool): Promise<LayerEntry> {
	const { body, size, extents, ...rest } = entry;
	return entry.kind === "file" ? { ...rest, content: await spool.append(body, size, extents) } : rest;
}

async function unpackPlainEntry(entry: TarEntry, spool: Spool): Promise<UnpackedEntry> {
	const { body, size, extents, xattrs, ...rest } = entry;
	const plain = xattrs.size === 0 ? rest : { ...rest, xattrs };
	return entry.kind === "file" ? { ...plain, body: await spool.appendBody(body, size, extents) } : plain;
}
