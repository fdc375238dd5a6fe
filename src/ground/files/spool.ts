import { closeSync } from "node:fs";
import { BytesError, type Content, checkRange, type FilePlace } from "../bytes/index.js";
import { ExtentDigest, type SpoolExtent } from "./extent-digest.js";
import { readFully, writeFully } from "./file-descriptor.js";
import { openNamelessFile } from "./pending-stream.js";

/** Small bodies are gathered in memory and written this many bytes at a time. */
const BATCH_SIZE = 1 << 20;
const NO_BYTES = new Uint8Array(0);
/** Chunks from this size on are written as they are. */
const LARGE_CHUNK = 1 << 18;

/** A spool that is passed to another thread. */
export interface LentSpool {
	/** Name for messages. */
	readonly subject: string;
	/** Descriptor of the file; all threads of a process share it. */
	readonly descriptor: number;
	/** Position of the next body. */
	readonly position: number;
}

/** The place of a body in a spool. */
export interface SpooledBody {
	readonly start: number;
	/** Bytes of the file. */
	readonly size: number;
	readonly sha256: string;
	/** Data stretches of a sparse file. */
	readonly extents?: readonly SpoolExtent[] | undefined;
}

/**
 * One temporary file that takes the bodies of many files, and gives each back as a Content.
 * It has no name from the moment it was opened: nothing is left of it however the process ends.
 */
export class Spool {
	readonly #subject: string;
	#descriptor: number | undefined;
	/** Bytes in the file; after them come `#used` bytes of `#batch`. */
	#written = 0;
	#batch: Uint8Array = NO_BYTES;
	#used = 0;

	private constructor(subject: string, descriptor: number) {
		this.#subject = subject;
		this.#descriptor = descriptor;
	}

	/**
	 * Opens a spool in `directory`, which must exist and be writable.
	 * @throws BytesError
	 */
	static create(directory: string): Spool {
		const subject = `spool in ${directory}`;
		try {
			return new Spool(subject, openNamelessFile(directory, "spool"));
		} catch (cause) {
			throw BytesError.fromSystem(subject, "create", cause);
		}
	}

	/** Continues the spool of another thread, which must neither write nor close it meanwhile. */
	static continue({ subject, descriptor, position }: LentSpool): Spool {
		const spool = new Spool(subject, descriptor);
		spool.#written = position;
		return spool;
	}

	/** Lends the spool to another thread, whose writes are reported with `extend`. */
	lend(): LentSpool {
		this.flush();
		return { subject: this.#subject, descriptor: this.#open(), position: this.#written };
	}

	/** The other thread has written everything before `position`. */
	extend(position: number): void {
		this.#written = position;
	}

	/**
	 * Stores one body. Bodies are appended one after the other: await each.
	 *
	 * @param size bytes of the file.
	 * @param extents where the body's bytes belong, in order, when the file is sparse; the rest
	 *   reads as zeros and takes no space.
	 * @returns the file, with its SHA-256.
	 * @throws BytesError ERR_DISK_FULL, ERR_FILE; RangeError when the body is not as long as promised.
	 */
	async append(
		body: AsyncIterable<Uint8Array>,
		size: number,
		extents?: readonly SpoolExtent[] | undefined,
	): Promise<Content> {
		return this.content(await this.appendBody(body, size, extents));
	}

	/** Stores one body as `append` does, and returns its place. */
	async appendBody(
		body: AsyncIterable<Uint8Array>,
		size: number,
		extents?: readonly SpoolExtent[] | undefined,
	): Promise<SpooledBody> {
		const start = this.#written + this.#used;
		const digest = new ExtentDigest(size, extents ?? wholeExtent(size));
		for await (const chunk of body) {
			this.#write(chunk);
			digest.update(chunk);
		}
		return { start, size, sha256: digest.finish(), extents };
	}

	/** Returns the content of a body in the spool. */
	content(body: SpooledBody): Content {
		return new SpooledContent(this, body);
	}

	/** Fills `target` from byte `position` of the spool on: for the contents it gave out. */
	read(target: Uint8Array, position: number): void {
		const descriptor = this.#open();
		const inFile = Math.max(0, Math.min(target.length, this.#written - position));
		readFully(descriptor, target.subarray(0, inFile), position, this.#subject);
		const start = position + inFile - this.#written;
		target.set(this.#batch.subarray(start, start + target.length - inFile), inFile);
	}

	/** Returns the place of bytes in the spool; undefined if some of them are not written yet. */
	place(position: number, size: number): FilePlace | undefined {
		return position + size <= this.#written ? { file: this.#open(), position } : undefined;
	}

	/** Bytes that bodies take. */
	get size(): number {
		return this.#written + this.#used;
	}

	/** Writes out the gathered bodies and frees their memory. More bodies may follow. */
	flush(): void {
		this.#writeFile(this.#batch.subarray(0, this.#used));
		this.#used = 0;
		this.#batch = NO_BYTES;
	}

	/** Frees the file's space; contents cannot be read any more. May be called twice. */
	close(): void {
		if (this.#descriptor !== undefined) closeSync(this.#descriptor);
		this.#descriptor = undefined;
	}

	#write(chunk: Uint8Array): void {
		if (this.#used + chunk.length > BATCH_SIZE || chunk.length >= LARGE_CHUNK) {
			this.#writeFile(this.#batch.subarray(0, this.#used));
			this.#used = 0;
		}
		if (chunk.length >= LARGE_CHUNK) {
			this.#writeFile(chunk);
		} else {
			if (this.#batch === NO_BYTES) this.#batch = new Uint8Array(BATCH_SIZE);
			this.#batch.set(chunk, this.#used);
			this.#used += chunk.length;
		}
	}

	#writeFile(bytes: Uint8Array): void {
		writeFully(this.#open(), bytes, this.#written, this.#subject);
		this.#written += bytes.length;
	}

	#open(): number {
		if (this.#descriptor === undefined) throw new TypeError("spool is closed");
		return this.#descriptor;
	}
}

class SpooledContent implements Content {
	readonly size: number;
	readonly sha256: string;
	readonly #spool: Spool;
	/** Extents with the places of their bytes in the spool. */
	readonly #extents: readonly (SpoolExtent & { readonly start: number })[];

	constructor(spool: Spool, { start, size, sha256, extents = wholeExtent(size) }: SpooledBody) {
		this.size = size;
		this.sha256 = sha256;
		this.#spool = spool;
		let next = start;
		this.#extents = extents.map(({ offset, length }) => {
			next += length;
			return { offset, length, start: next - length };
		});
	}

	read(target: Uint8Array, position: number): void {
		checkRange(this.size, target.length, position);
		const end = position + target.length;
		let filled = 0;
		for (let i = this.#firstBehind(position); i < this.#extents.length; i++) {
			const { offset, length, start } = this.#extents[i]!;
			if (offset >= end) break;
			const from = Math.max(offset, position);
			const to = Math.min(offset + length, end);
			target.fill(0, filled, from - position);
			this.#spool.read(target.subarray(from - position, to - position), start + from - offset);
			filled = to - position;
		}
		target.fill(0, filled);
	}

	place(position: number, size: number): FilePlace | undefined {
		const extent = this.#extents[this.#firstBehind(position)];
		if (!extent || extent.offset > position || position + size > extent.offset + extent.length)
			return undefined;
		return this.#spool.place(extent.start + position - extent.offset, size);
	}

	/** Index of the first extent that ends after `position`. */
	#firstBehind(position: number): number {
		let low = 0;
		let high = this.#extents.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			const { offset, length } = this.#extents[middle]!;
			if (offset + length <= position) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}

function wholeExtent(size: number): readonly SpoolExtent[] {
	return [{ offset: 0, length: size }];
}
