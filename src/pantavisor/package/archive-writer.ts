import { createHash } from "node:crypto";
import { GzipEncoder } from "../../codec/index.js";
import { bufferContent, type Content } from "../../ground/bytes/index.js";
import { passContent, streamContent } from "../../ground/files/index.js";
import { archiveEnd, archivePadding, encodeArchiveHeader } from "../../ground/tar/index.js";
import { encodeState, type State } from "../state/index.js";
import { ExportError } from "./errors.js";
import { isCompressed } from "./file-magic.js";
import { expectDigest, type ObjectSource, resolveObjects } from "./object-set.js";

/** Receives the bytes of an archive in order. */
export interface ByteSink {
	write(bytes: Uint8Array): void | Promise<void>;
}

/** How a package is written. */
export interface ArchiveOptions {
	/** Whether to compress; false writes the bare tar. Default: true. */
	readonly gzip?: boolean | undefined;
	/** Digests of objects to leave out, as the receiver has them. */
	readonly leaveOut?: ReadonlySet<string> | undefined;
	/** Called with the number of bytes that are done, out of those of the state and its objects. */
	readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A package that was written. */
export interface ArchiveSummary {
	/** Bytes of the archive. */
	readonly bytes: number;
	readonly sha256: string;
	/** Number of objects in the archive. */
	readonly objects: number;
}

const SIZE_LIMIT = 2 ** 33;

/**
 * Writes a package (docs/formats/pvr.md#the-archive): `json`, then every object once, in the order of their
 * digests; no times, no owners. The gzip stream stores objects that are already compressed. Every object is hashed
 * as it is written.
 *
 * @throws ExportError ERR_OBJECT_MISSING before anything is written, ERR_OBJECT_SIZE, ERR_OBJECT_HASH; whatever the
 *   sink throws.
 */
export async function writeArchive(
	state: State,
	objects: ObjectSource,
	sink: ByteSink,
	options: ArchiveOptions = {},
): Promise<ArchiveSummary> {
	const found = resolveObjects(state, objects).filter(([sha256]) => !options.leaveOut?.has(sha256));
	const json = bufferContent(Buffer.from(encodeState(state), "utf8"));
	for (const [sha256, content] of found) checkSize(sha256, content);
	const total = found.reduce((sum, [, content]) => sum + content.size, json.size);
	const output = new ArchiveOutput(sink, options.gzip ?? true, (done) => options.onProgress?.(done, total));
	await output.begin();
	await output.member("json", 0o600, json);
	for (const [sha256, content] of found) {
		const got = await output.member(`objects/${sha256}`, 0o644, content);
		expectDigest(`objects/${sha256}: write`, sha256, got);
	}
	return { ...(await output.end()), objects: found.length };
}

function checkSize(sha256: string, { size }: Content): void {
	if (size < SIZE_LIMIT) return;
	throw new ExportError(
		"ERR_OBJECT_SIZE",
		`objects/${sha256}: write: expected less than 8 GiB, got ${size} bytes`,
	);
}

/** Passes the bytes of an archive through tar, gzip and hash to the sink. */
class ArchiveOutput {
	readonly #sink: ByteSink;
	readonly #gzip: GzipEncoder | undefined;
	readonly #onBytes: (done: number) => void;
	readonly #hash = createHash("sha256");
	#bytes = 0;
	#done = 0;

	constructor(sink: ByteSink, gzip: boolean, onBytes: (done: number) => void) {
		this.#sink = sink;
		this.#gzip = gzip ? new GzipEncoder() : undefined;
		this.#onBytes = onBytes;
	}

	async begin(): Promise<void> {
		if (this.#gzip) await this.#emit(this.#gzip.header());
	}

	/** Writes one file. @returns the SHA-256 of what was written. */
	async member(name: string, mode: number, content: Content): Promise<string> {
		const hash = createHash("sha256");
		const compressed = isCompressed(content);
		await this.#write(encodeArchiveHeader({ name, size: content.size, mode }), false);
		// The sink may keep what it receives, and without gzip it receives these chunks.
		const chunks = this.#gzip === undefined ? streamContent(content) : passContent(content);
		for await (const chunk of chunks) {
			hash.update(chunk);
			await this.#write(chunk, compressed);
			this.#done += chunk.length;
			this.#onBytes(this.#done);
		}
		await this.#write(archivePadding(content.size), false);
		return hash.digest("hex");
	}

	async end(): Promise<{ readonly bytes: number; readonly sha256: string }> {
		await this.#write(archiveEnd(), false);
		if (this.#gzip) await this.#emit(this.#gzip.finish());
		return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
	}

	#write(bytes: Uint8Array, compressed: boolean): Promise<void> {
		if (this.#gzip === undefined) return this.#emit(bytes);
		return this.#emit(compressed ? this.#gzip.store(bytes) : this.#gzip.deflate(bytes));
	}

	async #emit(bytes: Uint8Array): Promise<void> {
		if (bytes.length === 0) return;
		this.#hash.update(bytes);
		this.#bytes += bytes.length;
		await this.#sink.write(bytes);
	}
}
