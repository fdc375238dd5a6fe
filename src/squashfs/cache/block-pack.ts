import { hash } from "node:crypto";
import type { CompressedBlock } from "../../codec/index.js";
import { type ByteString, byteString, byteStringBytes } from "../../ground/bytes/index.js";
import { type FileContent, openFileContent } from "../../ground/files/index.js";
import type { BlockKey } from "./block-store.js";

/**
 * A pack is a file of blocks, written once:
 *
 *     magic          8 bytes
 *     records        key 32, raw u8, the block as it is stored in images
 *     index          64 bytes each: key 32, check 16, position u64, size of the block u32, 0 u32
 *     trailer        48 bytes: position of the index u64, entries u32, 0 u32, SHA-256 of the index 32
 *
 * Numbers are little endian. A check is the first half of the SHA-256 of a record: a block that
 * was damaged, or that another's key points at, is never taken.
 */
const MAGIC = Buffer.from("pvpkgbp1", "latin1");
const ENTRY_SIZE = 64;
const TRAILER_SIZE = 48;
const KEY_SIZE = 32;
const CHECK_SIZE = 16;
/** What stands before the block in its record. */
const HEAD_SIZE = KEY_SIZE + 1;

interface PackEntry {
	/** 16 bytes. */
	readonly check: ByteString;
	readonly position: number;
	/** Of the block, without what stands before it. */
	readonly size: number;
}

/** Where the bytes of a growing pack go: a pending file. */
interface PackFile {
	write(bytes: Uint8Array, position: number): void;
	read(target: Uint8Array, position: number): void;
}

/** A pack that is being written; its blocks can be read already. */
export class PackWriter {
	readonly #file: PackFile;
	readonly #entries = new Map<BlockKey, PackEntry>();
	#position = MAGIC.length;

	constructor(file: PackFile) {
		this.#file = file;
		file.write(MAGIC, 0);
	}

	add(key: BlockKey, { bytes, raw }: CompressedBlock): void {
		if (this.#entries.has(key)) return;
		const record = Buffer.concat([byteStringBytes(key), Buffer.of(raw ? 1 : 0), bytes]);
		this.#file.write(record, this.#position);
		this.#entries.set(key, { check: checkOf(record), position: this.#position, size: bytes.length });
		this.#position += record.length;
	}

	find(key: BlockKey): CompressedBlock | undefined {
		const entry = this.#entries.get(key);
		return entry && readBlock(this.#file, key, entry);
	}

	/** Writes index and trailer; nothing may be added afterwards. */
	finish(): void {
		const index = Buffer.alloc(this.#entries.size * ENTRY_SIZE);
		let offset = 0;
		for (const [key, entry] of this.#entries) {
			encodeEntry(key, entry, index.subarray(offset, offset + ENTRY_SIZE));
			offset += ENTRY_SIZE;
		}
		const trailer = Buffer.alloc(TRAILER_SIZE);
		trailer.writeBigUInt64LE(BigInt(this.#position), 0);
		trailer.writeUInt32LE(this.#entries.size, 8);
		hash("sha256", index, "buffer").copy(trailer, 16);
		this.#file.write(index, this.#position);
		this.#file.write(trailer, this.#position + index.length);
	}
}

/** A finished pack. */
export class PackReader {
	readonly #file: FileContent;
	readonly #entries: ReadonlyMap<BlockKey, PackEntry>;

	private constructor(file: FileContent, entries: ReadonlyMap<BlockKey, PackEntry>) {
		this.#file = file;
		this.#entries = entries;
	}

	/**
	 * Opens a pack: undefined when it is damaged, or none.
	 * @throws BytesError when it cannot be read.
	 */
	static open(path: string): PackReader | undefined {
		const file = openFileContent(path);
		const entries = readIndex(file);
		if (entries === undefined) file.close();
		return entries && new PackReader(file, entries);
	}

	has(key: BlockKey): boolean {
		return this.#entries.has(key);
	}

	/** The block; undefined when it is not there, or is damaged. */
	find(key: BlockKey): CompressedBlock | undefined {
		const entry = this.#entries.get(key);
		return entry && readBlock(this.#file, key, entry);
	}

	close(): void {
		this.#file.close();
	}
}

function readIndex(file: FileContent): ReadonlyMap<BlockKey, PackEntry> | undefined {
	if (file.size < MAGIC.length + TRAILER_SIZE) return undefined;
	const magic = Buffer.alloc(MAGIC.length);
	const trailer = Buffer.alloc(TRAILER_SIZE);
	file.read(magic, 0);
	file.read(trailer, file.size - TRAILER_SIZE);
	const position = Number(trailer.readBigUInt64LE(0));
	const size = trailer.readUInt32LE(8) * ENTRY_SIZE;
	if (!magic.equals(MAGIC) || position + size + TRAILER_SIZE !== file.size) return undefined;
	const index = Buffer.alloc(size);
	file.read(index, position);
	if (!hash("sha256", index, "buffer").equals(trailer.subarray(16))) return undefined;
	const entries = new Map<BlockKey, PackEntry>();
	for (let offset = 0; offset < size; offset += ENTRY_SIZE) {
		const entry = index.subarray(offset, offset + ENTRY_SIZE);
		entries.set(byteString(entry.subarray(0, KEY_SIZE)), decodeEntry(entry));
	}
	return entries;
}

function encodeEntry(key: BlockKey, { check, position, size }: PackEntry, target: Buffer): void {
	target.set(byteStringBytes(key), 0);
	target.set(byteStringBytes(check), KEY_SIZE);
	target.writeBigUInt64LE(BigInt(position), KEY_SIZE + CHECK_SIZE);
	target.writeUInt32LE(size, KEY_SIZE + CHECK_SIZE + 8);
}

function decodeEntry(entry: Buffer): PackEntry {
	return {
		check: byteString(entry.subarray(KEY_SIZE, KEY_SIZE + CHECK_SIZE)),
		position: Number(entry.readBigUInt64LE(KEY_SIZE + CHECK_SIZE)),
		size: entry.readUInt32LE(KEY_SIZE + CHECK_SIZE + 8),
	};
}

function readBlock(
	file: Pick<PackFile, "read">,
	key: BlockKey,
	entry: PackEntry,
): CompressedBlock | undefined {
	const record = Buffer.allocUnsafeSlow(HEAD_SIZE + entry.size);
	try {
		file.read(record, entry.position);
	} catch {
		return undefined;
	}
	const sound = checkOf(record) === entry.check && byteString(record.subarray(0, KEY_SIZE)) === key;
	return sound ? { bytes: record.subarray(HEAD_SIZE), raw: record[KEY_SIZE] === 1 } : undefined;
}

function checkOf(record: Uint8Array): ByteString {
	return byteString(hash("sha256", record, "buffer").subarray(0, CHECK_SIZE));
}
