import { type ByteString, displayByteString } from "../bytes/index.js";
import { ChunkReader } from "./chunk-reader.js";
import type { TarEntry } from "./entry.js";
import { EntryBody, NO_BODY } from "./entry-body.js";
import {
	decodeEntryFields,
	type EntryFields,
	type Extensions,
	entryPath,
	storedSize,
} from "./entry-fields.js";
import { TarError, TarFault } from "./errors.js";
import { BLOCK_SIZE, decodeHeader, type Header, isZeroBlock, textField } from "./header.js";
import { decodePaxRecords, NO_RECORDS } from "./pax.js";
import { type FileLayout, readFileLayout } from "./sparse-reader.js";

export interface TarReadOptions {
	/** Most bytes of a pax header, a GNU long name or a sparse map. Default 1 MiB. */
	readonly maximumHeaderSize?: number | undefined;
	/** Most bytes of a path or link target. Default 4095, the most a system call takes. */
	readonly maximumPathLength?: number | undefined;
	/** Most bytes of all files together, without holes. Default 16 GiB. */
	readonly maximumTotalSize?: number | undefined;
	/** Most bytes of all files together, with their holes: digests have to run over them. Default 16 GiB. */
	readonly maximumExpandedSize?: number | undefined;
	/** Default 2^21. */
	readonly maximumEntries?: number | undefined;
	/** Whether what follows the archive is read, too, for checks at the end of `chunks`. Default true. */
	readonly readsOn?: boolean | undefined;
	/** Receives what is accepted but changed: a time out of range, an ACL. */
	readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Reads the entries of a tar archive: v7, ustar, star, GNU and pax, with long names, binary
 * extended attributes and sparse files (docs/formats/images.md#reading-tar). It ends at the end-of-archive
 * blocks or with the stream; what follows those blocks is read but not parsed, so that a
 * digest check inside `chunks` sees every byte.
 *
 * @throws TarError, naming entry and byte offset, at the first thing that is not sound.
 */
export async function* readEntries(
	chunks: AsyncIterable<Uint8Array>,
	options: TarReadOptions = {},
): AsyncGenerator<TarEntry, void, undefined> {
	const source = new ChunkReader(chunks);
	const archive = new Archive(source, options);
	try {
		for (let entry = await archive.next(); entry !== undefined; entry = await archive.next()) yield entry;
		if (options.readsOn !== false) await source.drain();
	} finally {
		await source.close();
	}
}

class Archive {
	readonly #source: ChunkReader;
	readonly #onWarning: ((message: string) => void) | undefined;
	readonly #maximum: {
		readonly header: number;
		readonly path: number;
		readonly total: number;
		readonly expanded: number;
		readonly entries: number;
	};
	#body: EntryBody | undefined;
	#total = 0;
	#expanded = 0;
	#entries = 0;
	/** Name and offset of the header that was read last, for messages. */
	#path = "" as ByteString;
	#offset = 0;

	constructor(source: ChunkReader, options: TarReadOptions) {
		this.#source = source;
		this.#onWarning = options.onWarning;
		this.#maximum = {
			header: options.maximumHeaderSize ?? 1 << 20,
			path: options.maximumPathLength ?? 4095,
			total: options.maximumTotalSize ?? 16 * 2 ** 30,
			expanded: options.maximumExpandedSize ?? 16 * 2 ** 30,
			entries: options.maximumEntries ?? 1 << 21,
		};
	}

	/** The next entry; undefined at the end of the archive. */
	async next(): Promise<TarEntry | undefined> {
		try {
			const lacking = (await this.#body?.finish()) ?? 0;
			if (lacking > 0) this.#warn(`the archive ends ${lacking} bytes before the end of its last block`);
			this.#body = undefined;
			return await this.#readNext();
		} catch (cause) {
			throw cause instanceof TarFault ? this.#located(cause) : cause;
		}
	}

	async #readNext(): Promise<TarEntry | undefined> {
		const extensions: Extensions = { pax: NO_RECORDS, longPath: undefined, longLinkPath: undefined };
		let extended = false;
		for (;;) {
			const block = await this.#readHeaderBlock();
			if (block === undefined) {
				if (extended) throw new TarFault("ERR_TAR_PAX", "extension header: no entry follows");
				return undefined;
			}
			const header = decodeHeader(block);
			this.#path = header.path;
			if (!"xXLKgV".includes(header.type)) return await this.#readEntry(header, block, extensions);
			extended ||= "xXLK".includes(header.type);
			this.#extend(extensions, header.type, await this.#readWhole(header.size));
		}
	}

	/** The next header; undefined at two zero blocks, at one that is the last, and at the end. */
	async #readHeaderBlock(): Promise<Uint8Array | undefined> {
		this.#offset = this.#source.position;
		this.#path = "" as ByteString;
		const block = this.#source.takeHere(BLOCK_SIZE) ?? (await this.#source.take(BLOCK_SIZE));
		if (block.length === 0) return undefined;
		if (block.length < BLOCK_SIZE) throw truncatedHeader(block);
		if (block[0] !== 0 || !isZeroBlock(block)) return block;
		const second = await this.#source.take(BLOCK_SIZE);
		if (second.length % BLOCK_SIZE !== 0) throw truncatedHeader(second);
		if (!isZeroBlock(second)) throw new TarFault("ERR_TAR_HEADER", "a lone zero block between entries");
		return undefined;
	}

	#extend(extensions: Extensions, type: string, body: Uint8Array): void {
		if (type === "L") extensions.longPath = textField(body, 0, body.length);
		else if (type === "K") extensions.longLinkPath = textField(body, 0, body.length);
		else if (type === "x" || type === "X") extensions.pax = decodePaxRecords(body);
		// Global records say nothing about entries (Go's reading), but they must be sound.
		else if (type === "g") decodePaxRecords(body);
	}

	async #readEntry(header: Header, block: Uint8Array, extensions: Extensions): Promise<TarEntry> {
		this.#path = entryPath(header, extensions);
		const fields = decodeEntryFields(header, block, extensions, (message) => this.#warn(message));
		const stored = storedSize(header, extensions);
		const layout = await this.#readLayout(header, block, extensions, fields, stored);
		this.#checkLimits(fields, layout);
		const { size, extents, used } = layout;
		const surplus = layout.stored - used;
		if (extents !== undefined && surplus > 0) this.#warn(`left out ${surplus} bytes that no extent claims`);
		this.#body = new EntryBody(this.#source, layout.stored, used, (fault) => this.#located(fault));
		return { ...fields, size, extents, body: used === 0 ? NO_BODY : this.#body };
	}

	async #readLayout(
		header: Header,
		block: Uint8Array,
		{ pax }: Extensions,
		{ kind }: EntryFields,
		stored: number,
	): Promise<FileLayout> {
		if (kind !== "file") return { size: 0, stored, used: 0 };
		const old = header.type === "S" ? block : undefined;
		return await readFileLayout(this.#source, old, pax, stored, this.#maximum.header);
	}

	/** The whole body of an extension header. */
	async #readWhole(size: number): Promise<Uint8Array> {
		if (size < 0) throw new TarFault("ERR_TAR_RANGE", `size: expected at least 0, got ${size}`);
		if (size > this.#maximum.header) {
			const expected = `expected at most ${this.#maximum.header} bytes, got ${size}`;
			throw new TarFault("ERR_TAR_LIMIT", `extension header: ${expected}`);
		}
		const bytes = await this.#source.take(Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE);
		if (bytes.length < size || bytes.length % BLOCK_SIZE !== 0) {
			throw new TarFault("ERR_TAR_TRUNCATED", "stream ends in an extension header");
		}
		return bytes.subarray(0, size);
	}

	#checkLimits({ path, linkPath }: EntryFields, { size, used }: FileLayout): void {
		const maximum = this.#maximum;
		if (path.length > maximum.path) throw beyond("path", "bytes", maximum.path, path.length);
		if (linkPath.length > maximum.path) throw beyond("link target", "bytes", maximum.path, linkPath.length);
		this.#expanded += size;
		if (this.#expanded > maximum.expanded)
			throw beyond("files with their holes", "bytes", maximum.expanded, this.#expanded, REMEDY);
		this.#total += used;
		if (this.#total > maximum.total)
			throw beyond("files together", "bytes", maximum.total, this.#total, REMEDY);
		this.#entries++;
		if (this.#entries > maximum.entries) throw beyond("archive", "entries", maximum.entries, this.#entries);
	}

	#warn(message: string): void {
		this.#onWarning?.(`${this.#subject()}: ${message}`);
	}

	#located(fault: TarFault): TarError {
		return new TarError(fault.code, `${this.#subject()}: read: ${fault.message}`);
	}

	#subject(): string {
		const shown = displayByteString(this.#path.slice(0, 256) as ByteString);
		return this.#path === "" ? `tar header at byte ${this.#offset}` : `${shown} at byte ${this.#offset}`;
	}
}

function truncatedHeader(block: Uint8Array): TarFault {
	return new TarFault("ERR_TAR_TRUNCATED", `stream ends in a header, after ${block.length} bytes`);
}

/** What allows larger archives. */
const REMEDY = " (--max-layer allows more)";

function beyond(what: string, unit: string, maximum: number, got: number, remedy = ""): TarFault {
	return new TarFault("ERR_TAR_LIMIT", `${what}: expected at most ${maximum} ${unit}, got ${got}${remedy}`);
}
