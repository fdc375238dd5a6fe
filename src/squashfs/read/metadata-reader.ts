import { type ByteString, byteString } from "../../ground/bytes/index.js";
import {
	damaged,
	type ImageSource,
	METADATA_BLOCK_SIZE,
	type MetadataPosition,
	RAW_METADATA_BLOCK,
	readU64,
} from "../format/index.js";
import { RecentValues } from "./recent-values.js";

/** Blocks to keep: all of most tables, 16 MiB, as names, hard links above all, may lead to inodes in any order. */
const CACHED_BLOCKS = 2048;
/** How often each block may be expanded on average: a hostile order of names would expand one for every name. */
const MOST_READS = 64;

interface MetadataBlock {
	readonly bytes: Buffer;
	/** Position of the block after this one. */
	readonly next: number;
}

/**
 * Reads records from the metadata blocks of a table, which follow each other. A position that is not the start of a
 * block is refused, so that blocks cannot overlap.
 */
export class MetadataReader {
	readonly #source: ImageSource;
	readonly #start: number;
	readonly #end: number;
	readonly #what: string;
	readonly #blocks: RecentValues<number, MetadataBlock> = new RecentValues(CACHED_BLOCKS);
	readonly #starts: Set<number> = new Set();
	/** The last used block, as most records are in the same block as the one before. */
	#last: { readonly position: number; readonly block: MetadataBlock } | undefined;
	#walked = 0;
	#reads = 0;

	/**
	 * @param start position in the image from which positions of records count.
	 * @param end position in the image before which all blocks end.
	 * @param what name of the table, for messages.
	 */
	constructor(source: ImageSource, start: number, end: number, what: string) {
		this.#source = source;
		this.#start = start;
		this.#end = end;
		this.#what = what;
	}

	/** Upper limit of the bytes that the table can expand to. */
	get capacity(): number {
		const smallestBlock = 3;
		return Math.ceil((this.#end - this.#start) / smallestBlock) * METADATA_BLOCK_SIZE;
	}

	/** Most bytes that the blocks up to the last one read can expand to. */
	get reached(): number {
		return this.#starts.size * METADATA_BLOCK_SIZE;
	}

	cursor({ block, offset }: MetadataPosition): MetadataCursor {
		return new MetadataCursor(this, block, offset, this.#what);
	}

	block(position: number): MetadataBlock {
		if (this.#last?.position === position) return this.#last.block;
		const block = this.#blocks.get(position, () => this.#read(position));
		this.#last = { position, block };
		return block;
	}

	#read(position: number): MetadataBlock {
		while (this.#walked <= position) this.#walk();
		if (!this.#starts.has(position)) throw damaged(this.#what, `expected a block at ${position}`);
		if (++this.#reads > MOST_READS * (CACHED_BLOCKS + this.#starts.size)) {
			throw damaged(this.#what, `expected its blocks to be read ${MOST_READS} times at most, got more`);
		}
		const { length, raw } = this.#header(position);
		const at = this.#start + position + 2;
		const { buffer, byteOffset, byteLength } = this.#source.block(
			at,
			length,
			raw,
			METADATA_BLOCK_SIZE,
			this.#what,
		);
		return { bytes: Buffer.from(buffer, byteOffset, byteLength), next: position + 2 + length };
	}

	#walk(): void {
		this.#starts.add(this.#walked);
		this.#walked += 2 + this.#header(this.#walked).length;
	}

	#header(position: number): { readonly length: number; readonly raw: boolean } {
		const at = this.#start + position;
		if (at + 2 >= this.#end) throw damaged(this.#what, `expected a block before ${this.#end}, got ${at}`);
		const header = this.#source.read(at, 2, this.#what).readUInt16LE(0);
		const length = header & (RAW_METADATA_BLOCK - 1);
		if (length === 0 || length > METADATA_BLOCK_SIZE || at + 2 + length > this.#end) {
			throw damaged(`${this.#what} block at ${at}`, `${length} bytes do not fit`);
		}
		return { length, raw: (header & RAW_METADATA_BLOCK) !== 0 };
	}
}

/** A place in a table that advances with each field that is read; fields may cross blocks. */
export class MetadataCursor {
	readonly #reader: MetadataReader;
	readonly #what: string;
	#block: number;
	#offset: number;
	#current: MetadataBlock | undefined;

	constructor(reader: MetadataReader, block: number, offset: number, what: string) {
		this.#reader = reader;
		this.#what = what;
		this.#block = block;
		this.#offset = offset;
	}

	/** Moves to another record of the table. */
	seek({ block, offset }: MetadataPosition): void {
		this.#block = block;
		this.#offset = offset;
		this.#current = undefined;
	}

	/** Place of the next record: after the end of a block, the start of the next. */
	get position(): MetadataPosition {
		if (this.#current && this.#offset === this.#current.bytes.length) {
			return { block: this.#current.next, offset: 0 };
		}
		return { block: this.#block, offset: this.#offset };
	}

	u16(): number {
		const at = this.#pass(2);
		return at < 0 ? this.#fill(SHORT_FIELDS[2]!).readUInt16LE(0) : this.#current!.bytes.readUInt16LE(at);
	}

	i16(): number {
		const value = this.u16();
		return value < 0x8000 ? value : value - 0x10000;
	}

	u32(): number {
		const at = this.#pass(4);
		return at < 0 ? this.#fill(SHORT_FIELDS[4]!).readUInt32LE(0) : this.#current!.bytes.readUInt32LE(at);
	}

	u64(): number {
		return readU64(this.bytes(8), 0, this.#what);
	}

	/** Returns a copy of the next `count` bytes. The caller must have bounded `count`. */
	bytes(count: number): Buffer {
		return this.#fill(Buffer.allocUnsafe(count));
	}

	/** Returns the next `count` bytes as a name. The caller must have bounded `count`. */
	name(count: number): ByteString {
		const at = this.#pass(count);
		return at < 0 ? byteString(this.bytes(count)) : byteString(this.#current!.bytes, at, at + count);
	}

	/** Skips bytes if all of them are in the last used block, as usual, and returns their position; else -1. */
	#pass(count: number): number {
		const start = this.#offset;
		const { bytes } = this.#load();
		if (start + count > bytes.length) return -1;
		this.#offset += count;
		return start;
	}

	#fill(target: Buffer): Buffer {
		for (let done = 0; done < target.length; ) {
			const { bytes, next } = this.#load();
			const end = Math.min(bytes.length, this.#offset + target.length - done);
			while (this.#offset < end) target[done++] = bytes[this.#offset++]!;
			if (done < target.length) this.#advance(next);
		}
		return target;
	}

	#load(): MetadataBlock {
		if (this.#current) return this.#current;
		const block = this.#reader.block(this.#block);
		const { length } = block.bytes;
		// Kernels refuse a record whose stated start is the end of its block.
		if (this.#offset >= length) {
			throw damaged(this.#what, `expected a byte below ${length} of a block, got ${this.#offset}`);
		}
		this.#current = block;
		return block;
	}

	#advance(block: number): void {
		this.#block = block;
		this.#offset = 0;
		this.#current = undefined;
	}
}

/** Buffers for fields that begin in one block and end in another, valid until the next field. */
const SHORT_FIELDS: readonly Buffer[] = Array.from({ length: 5 }, (_, size) => Buffer.alloc(size));
