import { hash } from "node:crypto";
import type { CompressedBlock } from "../../codec/index.js";
import { type ByteString, byteString, byteStringBytes } from "../../ground/bytes/index.js";
import { type FileContent, openFileContent } from "../../ground/files/index.js";
import type { CacheKey } from "../../ground/store/index.js";
import type { BlockKey } from "./block-store.js";

/**
 * A pack is a file of blocks, written once:
 *
 *     magic          8 bytes
 *     records        key 32, raw u8, the block as it is stored in images
 *     index          80 bytes each: key 32, check 32, position u64, size of the block u32, 0 u32
 *     trailer        64 bytes: position of the index u64, entries u32, 0 u32, id of the cache key 16,
 *                    HMAC-SHA256 of the index with the cache key 32
 *
 * Numbers are little endian. A check is the SHA-256 of a record, and the index is believed only with
 * the right MAC: so every block is one that this user's runs have made under this very key, whoever
 * can write the file. A block without proof is made again; to decompress it would prove its content,
 * but not that its bytes are those that we would have made.
 */
const MAGIC = Buffer.from("pvpkgbp2", "latin1");
const ENTRY_SIZE = 80;
const TRAILER_SIZE = 64;
const KEY_SIZE = 32;
const CHECK_SIZE = 32;
const KEY_ID_SIZE = 16;
/** Most bytes of an index: five million blocks. */
const INDEX_LIMIT = 400_000_000;
/** Purpose of the MAC of an index. A pack may be renamed, as its name has no meaning. */
const MAC_NAME = "index";
/** Bytes before the block in its record. */
const HEAD_SIZE = KEY_SIZE + 1;

interface PackEntry {
	/** SHA-256 of the record, 32 bytes. */
	readonly check: ByteString;
	readonly position: number;
	/** Bytes of the block, without the head of its record. */
	readonly size: number;
}

/** The file of a growing pack: a pending file. */
interface PackFile {
	write(bytes: Uint8Array, position: number): void;
	read(target: Uint8Array, position: number): void;
}

/** A pack that is being written, whose blocks can be read already. */
export class PackWriter {
	readonly #file: PackFile;
	readonly #entries = new Map<BlockKey, PackEntry>();
	#position = MAGIC.length;
	/** Memory for the record that is being written. */
	#record: Uint8Array = new Uint8Array(0);

	constructor(file: PackFile) {
		this.#file = file;
		file.write(MAGIC, 0);
	}

	add(key: BlockKey, { bytes, raw }: CompressedBlock): void {
		if (this.#entries.has(key)) return;
		const record = this.#recordOf(HEAD_SIZE + bytes.length);
		record.set(byteStringBytes(key), 0);
		record[KEY_SIZE] = raw ? 1 : 0;
		record.set(bytes, HEAD_SIZE);
		this.#file.write(record, this.#position);
		this.#entries.set(key, { check: checkOf(record), position: this.#position, size: bytes.length });
		this.#position += record.length;
	}

	#recordOf(size: number): Uint8Array {
		if (size > this.#record.length) this.#record = new Uint8Array(size);
		return this.#record.subarray(0, size);
	}

	find(key: BlockKey, memory?: Uint8Array | undefined): CompressedBlock | undefined {
		const entry = this.#entries.get(key);
		return entry && readBlock(this.#file, key, entry, memory);
	}

	/** Writes index and trailer; nothing may be added after that. */
	finish(key: CacheKey): void {
		const index = Buffer.alloc(this.#entries.size * ENTRY_SIZE);
		let offset = 0;
		for (const [name, entry] of this.#entries) {
			encodeEntry(name, entry, index.subarray(offset, offset + ENTRY_SIZE));
			offset += ENTRY_SIZE;
		}
		const trailer = Buffer.alloc(TRAILER_SIZE);
		trailer.writeBigUInt64LE(BigInt(this.#position), 0);
		trailer.writeUInt32LE(this.#entries.size, 8);
		trailer.write(key.id, 16, KEY_ID_SIZE, "latin1");
		key.mac("blocks", MAC_NAME, index).copy(trailer, 16 + KEY_ID_SIZE);
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
	 * Opens a pack. One that is damaged, or was made with another key (foreign), has no reader.
	 * @throws BytesError when it cannot be read.
	 */
	static open(path: string, key: CacheKey): PackReader | "damaged" | "foreign" {
		const file = openFileContent(path);
		const entries = readIndex(file, key);
		if (typeof entries === "object") return new PackReader(file, entries);
		file.close();
		return entries;
	}

	/** Returns whether every block is unchanged. */
	isSound(): boolean {
		return [...this.#entries].every(
			([key, entry]) => readBlock(this.#file, key, entry, undefined) !== undefined,
		);
	}

	has(key: BlockKey): boolean {
		return this.#entries.has(key);
	}

	/** Returns a block, in `memory` if it fits; undefined if it is absent or damaged. */
	find(key: BlockKey, memory?: Uint8Array | undefined): CompressedBlock | undefined {
		const entry = this.#entries.get(key);
		return entry && readBlock(this.#file, key, entry, memory);
	}

	close(): void {
		this.#file.close();
	}
}

type PackIndex = ReadonlyMap<BlockKey, PackEntry>;

function readIndex(file: FileContent, key: CacheKey): PackIndex | "damaged" | "foreign" {
	if (file.size < MAGIC.length + TRAILER_SIZE) return "damaged";
	const magic = Buffer.alloc(MAGIC.length);
	const trailer = Buffer.alloc(TRAILER_SIZE);
	file.read(magic, 0);
	file.read(trailer, file.size - TRAILER_SIZE);
	const position = Number(trailer.readBigUInt64LE(0));
	const size = trailer.readUInt32LE(8) * ENTRY_SIZE;
	const fits = size <= INDEX_LIMIT && position + size + TRAILER_SIZE === file.size;
	if (!magic.equals(MAGIC) || !fits) return "damaged";
	if (trailer.toString("latin1", 16, 16 + KEY_ID_SIZE) !== key.id) return "foreign";
	const index = Buffer.alloc(size);
	file.read(index, position);
	if (!key.accepts(trailer.subarray(16 + KEY_ID_SIZE), "blocks", MAC_NAME, index)) return "damaged";
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
	memory: Uint8Array | undefined,
): CompressedBlock | undefined {
	const record = recordMemory(HEAD_SIZE + entry.size, memory);
	try {
		file.read(record, entry.position);
	} catch {
		return undefined;
	}
	const sound = checkOf(record) === entry.check && byteString(record.subarray(0, KEY_SIZE)) === key;
	return sound ? { bytes: record.subarray(HEAD_SIZE), raw: record[KEY_SIZE] === 1 } : undefined;
}

function recordMemory(size: number, memory: Uint8Array | undefined): Uint8Array {
	return memory !== undefined && size <= memory.length ? memory.subarray(0, size) : new Uint8Array(size);
}

function checkOf(record: Uint8Array): ByteString {
	return byteString(hash("sha256", record, "buffer"));
}
