import type { Hash } from "node:crypto";
import { constants, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { BytesError, errorCode } from "../bytes/index.js";
import { makeDirectory } from "../files/index.js";
import { type BlobSink, openBlobSink } from "./blob-sink.js";

/** Bytes that gather while the previous batch is written. */
const BATCH = 1 << 19;

type Batch = Uint8Array<ArrayBuffer>;

/**
 * A blob that is being received: it keeps what came, through errors and SIGKILL (but for the
 * last two batches), so that the next attempt can go on from there, and becomes a blob only with the
 * right size and digest. Its user holds the store's lock for that blob.
 */
export class PartialBlob {
	readonly #place: PartialPlace;
	readonly #file: FileHandle;
	readonly #sink: BlobSink;
	#received: number;
	/** The batch that is being filled. */
	#batch: Batch = new Uint8Array(BATCH);
	#gathered = 0;
	/**
	 * Hashing and writing go on beside receiving, one batch at a time; this is the batch that is
	 * free afterwards. Once failed, they stay failed.
	 */
	#writing: Promise<Batch> = Promise.resolve(new Uint8Array(BATCH));
	#closing: Promise<void> | undefined;

	private constructor(place: PartialPlace, file: FileHandle, sink: BlobSink, received: number) {
		this.#place = place;
		this.#file = file;
		this.#sink = sink;
		this.#received = received;
	}

	/** Continues an earlier attempt, whose bytes are read again to be hashed. */
	static async open(place: PartialPlace): Promise<PartialBlob> {
		let file: FileHandle;
		try {
			makeDirectory(dirname(place.path), 0o700);
			file = await open(place.path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
		} catch (cause) {
			throw BytesError.fromSystem(place.path, "open", cause);
		}
		try {
			return await PartialBlob.#resume(place, file);
		} catch (cause) {
			await file.close();
			throw BytesError.fromSystem(place.path, "read", cause);
		}
	}

	static async #resume(place: PartialPlace, file: FileHandle): Promise<PartialBlob> {
		const received = (await file.stat()).size;
		if (received > 0 && received <= place.size) {
			const sink = await openSink(place, file, received);
			const useful = received < place.size || (await isWhole(place, sink));
			if (useful) return new PartialBlob(place, file, sink, received);
			sink.close();
		}
		if (received > 0) await file.truncate();
		return new PartialBlob(place, file, await openSink(place, file, 0), 0);
	}

	/** Bytes received so far: the position where the download continues. */
	get received(): number {
		return this.#received;
	}

	/**
	 * Appends; a chunk that would exceed the blob's size is refused and nothing is kept.
	 * @throws BytesError also when an earlier chunk could not be written.
	 */
	async write(chunk: Uint8Array): Promise<void> {
		if (this.#closing) throw new TypeError(`${this.#place.digest}: blob is closed`);
		if (this.#received + chunk.length > this.#place.size) {
			await this.discard();
			throw this.#wrong(`expected ${this.#place.size} bytes, got more`);
		}
		for (let done = 0; done < chunk.length; ) {
			const piece = chunk.subarray(done, done + BATCH - this.#gathered);
			this.#batch.set(piece, this.#gathered);
			this.#gathered += piece.length;
			this.#received += piece.length;
			done += piece.length;
			if (this.#gathered === BATCH) await this.#flush();
		}
	}

	/**
	 * Makes it a blob. There is no fsync: after a power cut the digest check at the next use finds
	 * a blob that did not reach the disk.
	 * @throws BytesError ERR_OBJECT_DIGEST when bytes are missing (they are kept) or wrong (they are not).
	 */
	async commit(): Promise<void> {
		const { size, digest, path, target } = this.#place;
		if (this.#received < size) throw this.#wrong(`expected ${size} bytes, got ${this.#received}`);
		await this.#flush();
		await this.#writing;
		const got = await this.#sink.digest();
		if (!digest.endsWith(`:${got}`)) {
			await this.discard();
			throw this.#wrong(`got ${algorithmOf(digest)}:${got}`);
		}
		try {
			makeDirectory(dirname(target), 0o700);
			renameSync(path, target);
		} catch (cause) {
			throw BytesError.fromSystem(target, "commit", cause);
		}
		await this.close();
	}

	/** Keeps the received bytes for a later attempt. May be called twice, and after `commit`. */
	async close(): Promise<void> {
		this.#closing ??= this.#finish();
		await this.#closing;
	}

	/** Removes the received bytes. */
	async discard(): Promise<void> {
		this.#gathered = 0;
		await this.close();
		rmSync(this.#place.path, { force: true });
	}

	/** Starts writing the filled batch as soon as the previous one is written. */
	async #flush(): Promise<void> {
		const free = await this.#writing;
		const [batch, size] = [this.#batch, this.#gathered];
		if (size === 0) return;
		[this.#batch, this.#gathered] = [free, 0];
		this.#writing = this.#writeBatch(batch, size, this.#received - size);
		// The next write, commit or close reports it.
		this.#writing.catch(() => {});
	}

	async #writeBatch(batch: Batch, size: number, position: number): Promise<Batch> {
		try {
			return await this.#sink.append(batch, size, position);
		} catch (cause) {
			this.#received = position;
			// Half a blob would keep a full disk full.
			if (errorCode(cause) === "ENOSPC") rmSync(this.#place.path, { force: true });
			throw BytesError.fromSystem(this.#place.path, "write", cause);
		}
	}

	/** What could not be written was reported by `write` or `commit`, or does not matter any more. */
	async #finish(): Promise<void> {
		await this.#flush()
			.then(() => this.#writing)
			.catch(() => {});
		this.#sink.close();
		await this.#file.close();
	}

	#wrong(reason: string): BytesError {
		return new BytesError("ERR_OBJECT_DIGEST", `${this.#place.digest}: store: wrong bytes, ${reason}`);
	}
}

interface PartialPlace {
	/** `algorithm:hex` */
	readonly digest: string;
	readonly size: number;
	/** Path of the received bytes. */
	readonly path: string;
	/** Path of the finished blob. */
	readonly target: string;
}

/** Feeds a whole file to a hash. */
export async function hashFile(path: string, hash: Hash): Promise<void> {
	const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		const buffer = Buffer.allocUnsafeSlow(1 << 20);
		for (;;) {
			const { bytesRead } = await file.read(buffer, 0, buffer.length);
			if (bytesRead === 0) return;
			hash.update(buffer.subarray(0, bytesRead));
		}
	} finally {
		await file.close();
	}
}

function openSink({ digest, size }: PartialPlace, file: FileHandle, hashed: number): Promise<BlobSink> {
	return openBlobSink(file, algorithmOf(digest), { size, hashed });
}

async function isWhole({ digest }: PartialPlace, sink: BlobSink): Promise<boolean> {
	return digest.endsWith(`:${await sink.digest()}`);
}

/** `sha256:…` → `sha256` */
export function algorithmOf(digest: string): string {
	return digest.slice(0, digest.indexOf(":"));
}
