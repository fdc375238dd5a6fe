import { crc32 } from "node:zlib";
import { type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { type Content, Limiter, PvpkgError } from "../../ground/bytes/index.js";
import { contentSlice, type FileContent, Spool, streamContent } from "../../ground/files/index.js";
import type { SourceContext } from "./context.js";
import { checkDiskSpace, checkUnpacked } from "./disk-limit.js";
import { SourceError } from "./errors.js";
import { LOCAL_HEADER_MAGIC } from "./zip-path.js";

/** Most members that may be of interest, at some 8 kB of memory each; what is of none costs none. */
const MAXIMUM_MEMBERS = 1 << 12;
/** Deflate cannot do better than 1 to 1032: a larger claim is a lie. */
const MAXIMUM_RATIO = 1040;
const STORED = 0;
const LOCAL_HEADER_SIZE = 30;

/** A zip, such as CI systems make of artifacts, read at any position; zip64 too. */
export interface ZipArchive {
	/** For messages. */
	readonly name: string;
	/** Of the wanted members; unsafe names are only keys here. */
	readonly names: readonly string[];
	/**
	 * A member by its name, until the archive is closed: in place where it is stored, unpacked into one file of all
	 * where it is compressed. Ask for each once.
	 */
	open(name: string): Promise<Content>;
	close(): void;
}

/**
 * Reads a zip's directory; the file is closed with the archive, and when this fails.
 * @param isWanted members by name that are of interest.
 * @throws SourceError ERR_SOURCE_FORMAT, ERR_ARCHIVE_LIMIT
 */
export async function openZip(
	file: FileContent,
	name: string,
	context: SourceContext,
	isWanted: (name: string) => boolean,
): Promise<ZipArchive> {
	try {
		const entries = await withZipErrors(name, "open zip", () => readDirectory(file, name, isWanted));
		return new OpenZip(name, file, entries, context);
	} catch (error) {
		file.close();
		throw error;
	}
}

class OpenZip implements ZipArchive {
	readonly name: string;
	readonly #file: FileContent;
	readonly #entries: ReadonlyMap<string, FileEntry>;
	readonly #context: SourceContext;
	/** What was unpacked, one member after the other. */
	#spool: Spool | undefined;
	readonly #unpacking = new Limiter(1);
	/** Bytes of all members that were unpacked. */
	#unpacked = 0;

	constructor(
		name: string,
		file: FileContent,
		entries: ReadonlyMap<string, FileEntry>,
		context: SourceContext,
	) {
		this.name = name;
		this.#file = file;
		this.#entries = entries;
		this.#context = context;
	}

	get names(): string[] {
		return [...this.#entries.keys()];
	}

	async open(name: string): Promise<Content> {
		const entry = this.#entries.get(name);
		if (entry === undefined) throw new RangeError(`${this.name}: open: no member ${name}`);
		const subject = `${this.name}: ${JSON.stringify(name)}`;
		checkClaim(entry, subject, this.#file.size);
		if (entry.compressionMethod === STORED) {
			const content = storedContent(this.#file, entry, subject);
			await checkSum(content, entry, subject, this.#context);
			return content;
		}
		this.#unpacked += entry.uncompressedSize;
		checkUnpacked(this.name, this.#unpacked, this.#context);
		checkDiskSpace(subject, entry.uncompressedSize, this.#context);
		return await this.#unpacking.run(() =>
			withZipErrors(subject, "unpack", async () => {
				this.#spool ??= Spool.create(this.#context.temporaryDirectory);
				const content = await this.#spool.append(inflate(entry, this.#context), entry.uncompressedSize);
				this.#spool.flush();
				return content;
			}),
		);
	}

	close(): void {
		this.#spool?.close();
		this.#file.close();
	}
}

async function readDirectory(
	file: Content,
	name: string,
	isWanted: (name: string) => boolean,
): Promise<Map<string, FileEntry>> {
	const reader = new ZipReader(new ContentReader(file), { useWebWorkers: false });
	const entries = new Map<string, FileEntry>();
	for await (const entry of reader.getEntriesGenerator()) {
		if (entry.directory || !isWanted(entry.filename)) continue;
		if (entries.size >= MAXIMUM_MEMBERS) {
			const message = `${name}: open zip: expected at most ${MAXIMUM_MEMBERS} members of interest`;
			throw new SourceError("ERR_ARCHIVE_LIMIT", message);
		}
		if (entries.has(entry.filename)) {
			const reason = `expected one ${JSON.stringify(entry.filename)}, got two: programs take different ones`;
			throw new SourceError("ERR_SOURCE_FORMAT", `${name}: open zip: ${reason}`);
		}
		entries.set(entry.filename, entry);
	}
	return entries;
}

/** zip.js's view of a Content. */
class ContentReader extends Reader<Content> {
	readonly #content: Content;

	constructor(content: Content) {
		super(content);
		this.#content = content;
		this.size = content.size;
	}

	override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
		const bytes = new Uint8Array(Math.max(0, Math.min(length, this.#content.size - index)));
		this.#content.read(bytes, index);
		return bytes;
	}
}

function checkClaim(entry: FileEntry, subject: string, zipSize: number): void {
	const { uncompressedSize, compressedSize, encrypted } = entry;
	if (encrypted) throw new SourceError("ERR_SOURCE_FORMAT", `${subject}: unpack: it is encrypted`);
	const most = compressedSize * MAXIMUM_RATIO;
	if (compressedSize > zipSize || uncompressedSize > Math.max(most, 1024)) {
		const reason = `${compressedSize} bytes of a zip of ${zipSize} claim to be ${uncompressedSize}`;
		throw new SourceError("ERR_ARCHIVE_LIMIT", `${subject}: unpack: ${reason}`);
	}
}

/** A stored member where it lies; names and extra fields of its two headers may differ in length. */
function storedContent(file: Content, { offset, uncompressedSize }: FileEntry, subject: string): Content {
	const header = Buffer.alloc(LOCAL_HEADER_SIZE);
	if (offset + LOCAL_HEADER_SIZE <= file.size) file.read(header, offset);
	const start = offset + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
	if (header.readUInt32LE() !== LOCAL_HEADER_MAGIC || start + uncompressedSize > file.size) {
		throw new SourceError("ERR_SOURCE_FORMAT", `${subject}: open: its data is not in the zip`);
	}
	return contentSlice(file, start, uncompressedSize);
}

/** Checks the bytes of a stored member, as zip.js does those of a compressed one. @throws SourceError ERR_SOURCE_FORMAT */
async function checkSum(
	content: Content,
	{ crc32: expected }: FileEntry,
	subject: string,
	{ signal }: SourceContext,
): Promise<void> {
	let got = 0;
	for await (const chunk of streamContent(content)) {
		signal?.throwIfAborted();
		got = crc32(chunk, got);
	}
	if (got === expected) return;
	const reason = `its bytes are damaged, expected CRC-32 ${expected}, got ${got}`;
	throw new SourceError("ERR_SOURCE_FORMAT", `${subject}: open: ${reason}`);
}

/** The unpacked bytes; zip.js ends them at the size that the entry claims, and checks it and the CRC. */
async function* inflate(entry: FileEntry, { signal }: SourceContext): AsyncGenerator<Uint8Array> {
	const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
	const unpacking = entry.getData(writable, {
		useWebWorkers: false,
		checkCrc32: true,
		...(signal && { signal }),
	});
	// Its failure shows in the stream, or at the end.
	unpacking.catch(() => {});
	yield* readable;
	await unpacking;
}

async function withZipErrors<T>(subject: string, action: string, job: () => Promise<T>): Promise<T> {
	try {
		return await job();
	} catch (cause) {
		if (cause instanceof PvpkgError || (cause as Error).name === "AbortError") throw cause;
		const message = `${subject}: ${action}: ${(cause as Error).message}`;
		throw new SourceError("ERR_SOURCE_FORMAT", message, { cause });
	}
}
