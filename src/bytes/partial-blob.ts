import { createHash, type Hash } from "node:crypto";
import {
	closeSync,
	constants,
	fstatSync,
	ftruncateSync,
	mkdirSync,
	openSync,
	renameSync,
	rmSync,
	writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { BytesError } from "./errors.js";

/**
 * A blob that is being received: it keeps what came, through errors and SIGKILL, so that the
 * next attempt can go on from there, and becomes a blob only with the right size and digest.
 * Its user holds the store's lock for that blob.
 */
export class PartialBlob {
	readonly #place: PartialPlace;
	readonly #hash: Hash;
	#descriptor: number | undefined;
	#received: number;

	private constructor(place: PartialPlace, descriptor: number, hash: Hash, received: number) {
		this.#place = place;
		this.#descriptor = descriptor;
		this.#hash = hash;
		this.#received = received;
	}

	/** Goes on with what an earlier attempt left; that is read again, as it has to be hashed. */
	static async open(place: PartialPlace): Promise<PartialBlob> {
		let descriptor: number;
		try {
			mkdirSync(dirname(place.path), { recursive: true });
			descriptor = openSync(place.path, constants.O_RDWR | constants.O_CREAT, 0o644);
		} catch (cause) {
			throw BytesError.fromSystem(place.path, "open", cause);
		}
		const hash = createHash(algorithmOf(place.digest));
		const received = fstatSync(descriptor).size;
		if (received <= place.size) await hashFile(place.path, hash);
		const useful = received < place.size || (received === place.size && isDigest(place.digest, hash));
		if (useful) return new PartialBlob(place, descriptor, hash, received);
		ftruncateSync(descriptor);
		return new PartialBlob(place, descriptor, createHash(algorithmOf(place.digest)), 0);
	}

	/** Bytes that are there: where the download goes on. */
	get received(): number {
		return this.#received;
	}

	/** Appends; a chunk that would exceed the blob's size is refused and nothing is kept. */
	write(chunk: Uint8Array): void {
		if (this.#received + chunk.length > this.#place.size) {
			this.discard();
			throw this.#wrong(`expected ${this.#place.size} bytes, got more`);
		}
		try {
			for (let done = 0; done < chunk.length; ) {
				done += writeSync(this.#open(), chunk, done, chunk.length - done, this.#received + done);
			}
		} catch (cause) {
			// Half a blob would keep a full disk full.
			if ((cause as NodeJS.ErrnoException).code === "ENOSPC") this.discard();
			throw BytesError.fromSystem(this.#place.path, "write", cause);
		}
		this.#hash.update(chunk);
		this.#received += chunk.length;
	}

	/**
	 * Makes it a blob. There is no fsync: after a power cut the digest check at the next use finds
	 * a blob that did not reach the disk.
	 * @throws BytesError ERR_OBJECT_DIGEST when bytes are missing (they are kept) or wrong (they are not).
	 */
	commit(): void {
		const { size, digest, path, target } = this.#place;
		if (this.#received < size) throw this.#wrong(`expected ${size} bytes, got ${this.#received}`);
		if (!isDigest(digest, this.#hash)) {
			this.discard();
			throw this.#wrong(`got ${algorithmOf(digest)}:${this.#hash.digest("hex")}`);
		}
		try {
			mkdirSync(dirname(target), { recursive: true });
			renameSync(path, target);
		} catch (cause) {
			throw BytesError.fromSystem(target, "commit", cause);
		}
		this.close();
	}

	/** Keeps what came for a later attempt. May be called twice, and after `commit`. */
	close(): void {
		if (this.#descriptor !== undefined) closeSync(this.#descriptor);
		this.#descriptor = undefined;
	}

	/** Forgets what came. */
	discard(): void {
		this.close();
		rmSync(this.#place.path, { force: true });
	}

	#open(): number {
		if (this.#descriptor === undefined) throw new TypeError(`${this.#place.digest}: blob is closed`);
		return this.#descriptor;
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
