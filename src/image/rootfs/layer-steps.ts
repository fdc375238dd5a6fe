import type { Content } from "../../ground/bytes/index.js";
import type { Spool } from "../../ground/files/index.js";
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

/** Files with their holes may always have so many bytes: only digests run over holes. */
const LEAST_EXPANDED_LIMIT = 16 * 2 ** 30;

/**
 * Yields what a layer's archive consists of; file bodies go into the spool.
 * @throws TarError; BytesError of the spool; what `chunks` throws.
 */
export async function* unpackSteps(
	chunks: AsyncIterable<Uint8Array>,
	spool: Spool,
	{ maximumSize, signal }: UnpackOptions,
): AsyncGenerator<LayerStep, void, undefined> {
	const warnings: string[] = [];
	const maximumExpandedSize = Math.max(maximumSize ?? 0, LEAST_EXPANDED_LIMIT);
	const limits = { maximumTotalSize: maximumSize, maximumExpandedSize };
	for await (const entry of readEntries(chunks, { onWarning: (text) => warnings.push(text), ...limits })) {
		signal?.throwIfAborted();
		yield* warnings.splice(0);
		yield await unpackEntry(entry, spool);
	}
	yield* warnings;
}

/** The reader's entry holds on to the stream it came from. */
async function unpackEntry(entry: TarEntry, spool: Spool): Promise<LayerEntry> {
	const { body, size, extents, ...rest } = entry;
	return entry.kind === "file" ? { ...rest, content: await spool.append(body, size, extents) } : rest;
}
