import { createHash, type Hash } from "node:crypto";
import { constants, mkdirSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { BytesError } from "./errors.js";

/** So much gathers while the batch before is being written. Bytes. */
const BATCH = 1 << 19;

/**
 * A blob that is being received: it keeps what came, through errors and SIGKILL (but for the
 * last two batches), so that the next attempt can go on from there, and becomes a blob only with the
 * right size and digest. Its user holds the store's lock for that blob.
 */
export class PartialBlob {
	readonly #place: PartialPlace;
	readonly #file: FileHandle;
	readonly #hash: Hash;
	#received: number;
	/** The batch that gathers, and the one that is being written or free. */
	#batch: Buffer = Buffer.allocUnsafeSlow(BATCH);
	#otherBatch: Buffer = Buffer.allocUnsafeSlow(BATCH);
	#gathered = 0;
	/** Writing goes on beside receiving and hashing, one batch at a time; once failed, it stays failed. */
	#writing: Promise<void> = Promise.resolve();
	#closing: Promise<void> | undefined;

	private constructor(place: PartialPlace, file: FileHandle, hash: Hash, received: number) {
		this.#place = place;
		this.#file = file;
		this.#hash = hash;
		this.#received = received;
	}

	/** Goes on with what an earlier attempt left; that is read again, as it has to be hashed. */
	static async open(place: PartialPlace): Promise<PartialBlob> {
		let file: FileHandle;
		try {
			mkdirSync(dirname(place.path), { recursive: true });
			file = await open(place.path, constants.O_RDWR | constants.O_CREAT, 0o644);
		} catch (cause) {
			throw BytesError.fromSystem(place.path, "open", cause);
		}
		const hash = createHash(algorithmOf(place.digest));
		const received = (await file.stat()).size;
		if (received <= place.size) await hashFile(place.path, hash);
		const useful = received < place.size || (received === place.size && isDigest(place.digest, hash));
		if (useful) return new PartialBlob(place, file, hash, received);
		await file.truncate();
		return new PartialBlob(place, file, createHash(algorithmOf(place.digest)), 0);
	}

	/** Bytes that came: where the download goes on. */
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
		this.#hash.update(chunk);
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
		if (!isDigest(digest, this.#hash)) {
			await this.discard();
			throw this.#wrong(`got ${algorithmOf(digest)}:${this.#hash.digest("hex")}`);
		}
		await this.#flush();
		await this.#writing;
		try {
			mkdirSync(dirname(target), { recursive: true });
			renameSync(path, target);
		} catch (cause) {
			throw BytesError.fromSystem(target, "commit", cause);
		}
		await this.close();
	}

	/** Keeps what came for a later attempt. May be called twice, and after `commit`. */
	async close(): Promise<void> {
		this.#closing ??= this.#finish();
		await this.#closing;
	}

	/** Forgets what came. */
	async discard(): Promise<void> {
		this.#gathered = 0;
		await this.close();
		rmSync(this.#place.path, { force: true });
	}

	/** Starts writing what gathered as soon as the batch before is written. */
	async #flush(): Promise<void> {
		await this.#writing;
		const batch = this.#batch.subarray(0, this.#gathered);
		if (batch.length === 0) return;
		[this.#batch, this.#otherBatch] = [this.#otherBatch, this.#batch];
		this.#gathered = 0;
		this.#writing = this.#writeBatch(batch, this.#received - batch.length);
		// Who writes, commits or closes next hears of it.
		this.#writing.catch(() => {});
	}

	async #writeBatch(batch: Uint8Array, position: number): Promise<void> {
		try {
			for (let done = 0; done < batch.length; ) {
				done += (await this.#file.write(batch, done, batch.length - done, position + done)).bytesWritten;
			}
		} catch (cause) {
			this.#received = position;
			// Half a blob would keep a full disk full.
			if ((cause as NodeJS.ErrnoException).code === "ENOSPC") rmSync(this.#place.path, { force: true });
			throw BytesError.fromSystem(this.#place.path, "write", cause);
		}
	}

	/** What could not be written has been told to `write` or `commit`, or does not matter any more. */
	async #finish(): Promise<void> {
		await this.#flush()
			.then(() => this.#writing)
			.catch(() => {});
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
	/** Where the bytes gather. */
	readonly path: string;
	/** The blob's place. */
	readonly target: string;
}

/** Feeds a whole file to a hash. */
export async function hashFile(path: string, hash: Hash): Promise<void> {
	const file = await open(path, "r");
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

/** Whether what was hashed so far has that digest; the hash can go on. */
function isDigest(digest: string, hash: Hash): boolean {
	return `${algorithmOf(digest)}:${hash.copy().digest("hex")}` === digest;
}

/** `sha256:…` → `sha256` */
export function algorithmOf(digest: string): string {
	return digest.slice(0, digest.indexOf(":"));
}
