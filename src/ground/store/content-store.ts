import { createHash } from "node:crypto";
import { constants, rmSync, utimesSync } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BytesError, contentChunks } from "../bytes/index.js";
import {
	type FileContent,
	openFileContent,
	PendingFile,
	readFileIfPresent,
	sweepPendingFiles,
	writeFileAtomically,
} from "../files/index.js";
import { prepareBlobSinks } from "./blob-sink.js";
import type { CacheKey } from "./cache-key.js";
import {
	CACHE_FILE_MODE,
	type CacheFolder,
	cachePath,
	makeCachePath,
	namesIn,
	regularFile,
} from "./cache-layout.js";
import { formerBlobSize, moveFormerBlob, removeFormerCache } from "./former-cache.js";
import { algorithmOf, hashFile, PartialBlob } from "./partial-blob.js";
import { LOCK_SUFFIX, ProcessLock } from "./process-lock.js";
import { type RecordCheck, RecordStore } from "./record-store.js";

/** Bytes that are hashed before timers and sockets get their turn. */
const HASHED_AT_ONCE = 4 << 20;

/** A blob of the store, or what came of one. */
export interface StoredBlob {
	/** `sha256:<hex>` or `sha512:<hex>`. */
	readonly digest: string;
	/** Bytes on disk. */
	readonly size: number;
	/** Milliseconds since 1970, as the users of the store recorded it. */
	readonly lastUsed: number;
}

export interface ContentStoreOptions {
	/** What records are believed by. Without it none outlives the store. */
	readonly key?: CacheKey | undefined;
	/** Is told of damaged records, and of what could not be kept. The same message comes once. */
	readonly onWarning?: ((message: string) => void) | undefined;
}

/** What was removed of a store. */
export interface PrunedStore {
	readonly removed: readonly StoredBlob[];
	/** Bytes of these, and of what other versions left. */
	readonly bytes: number;
}

/**
 * Blobs by digest, and records, in a cache directory that many processes use at once; LAYOUT.md draws
 * it. Every file gets its name by a rename, so that a process killed at any point leaves a sound
 * store. Blobs and records may vanish at any time (`prune` of another process). Others may be able to
 * write the directory: a blob is hashed before its use, a record carries a MAC, no link is followed.
 */
export class ContentStore {
	/** The cache directory, as given. */
	readonly directory: string;
	readonly #records: RecordStore;
	readonly #warned = new Set<string>();

	/** Nothing is made before something is stored. */
	constructor(directory: string, { key, onWarning }: ContentStoreOptions = {}) {
		this.directory = directory;
		this.#records = new RecordStore(directory, key, (message) => {
			if (!this.#warned.has(message)) onWarning?.(message);
			this.#warned.add(message);
		});
	}

	/** Whether there is a blob of that digest and size; its bytes are not looked at. */
	has(digest: string, size: number): boolean {
		const path = this.#path(digest);
		const found = regularFile(path)?.size ?? formerBlobSize(this.directory, ...checkDigest(digest));
		return found === size;
	}

	/** Hashes a stored blob and removes it if it is damaged: `false` when it is, or is not there. */
	async verifyBlob(digest: string): Promise<boolean> {
		const path = this.#path(digest);
		const before = regularFile(path);
		if (before === undefined) return this.#moveFormer(digest);
		const hash = createHash(algorithmOf(digest));
		try {
			await hashFile(path, hash);
		} catch (cause) {
			if ((cause as NodeJS.ErrnoException).code === "ENOENT") return false;
			if ((cause as NodeJS.ErrnoException).code !== "EIO") throw BytesError.fromSystem(path, "verify", cause);
		}
		if (hash.digest("hex") === path.slice(path.lastIndexOf("/") + 1)) return true;
		// Another process may have put a sound one here meanwhile.
		if (regularFile(path)?.ino === before.ino) this.remove(digest);
		return false;
	}

	async #moveFormer(digest: string): Promise<boolean> {
		const [algorithm, hex] = checkDigest(digest);
		if (formerBlobSize(this.directory, algorithm, hex) === undefined) return false;
		const target = makeCachePath(this.directory, blobFolder(algorithm), hex);
		return moveFormerBlob(this.directory, { algorithm, hex, target });
	}

	/**
	 * A blob's bytes from `offset` on, as they lie there; they are not hashed.
	 * @throws BytesError ERR_FILE_NOT_FOUND
	 */
	async *openBlob(digest: string, offset = 0, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
		const path = this.#path(digest);
		const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
			(cause: unknown) => {
				throw BytesError.fromSystem(path, "open", cause);
			},
		);
		try {
			for (let position = offset; ; ) {
				signal?.throwIfAborted();
				const buffer = Buffer.allocUnsafeSlow(1 << 18);
				const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
				if (bytesRead === 0) return;
				yield buffer.subarray(0, bytesRead);
				position += bytesRead;
			}
		} finally {
			await file.close();
		}
	}

	/** Stores a small blob whole; one that cannot be written is not kept. @throws BytesError ERR_OBJECT_DIGEST */
	putBlob(digest: string, bytes: Uint8Array): void {
		const got = createHash(algorithmOf(digest)).update(bytes).digest("hex");
		const path = this.#path(digest);
		if (!path.endsWith(`/${got}`)) {
			throw new BytesError("ERR_OBJECT_DIGEST", `${digest}: store: wrong bytes, got ${got}`);
		}
		this.#tryToKeep(() => {
			const known = readFileIfPresent(path);
			if (known !== undefined && Buffer.from(known).equals(bytes)) return;
			writeFileAtomically(this.#makePath(digest), bytes, { mode: CACHE_FILE_MODE });
		});
	}

	/** A file on the store's disk whose bytes become a blob by `adoptBlob`. */
	createBlob(): PendingFile {
		return PendingFile.create(makeCachePath(this.directory, "partial", "new"), { mode: CACHE_FILE_MODE });
	}

	/**
	 * Stores a file that `createBlob` made, and opens it: it stays readable whoever prunes the store, and
	 * even when it could not be kept. `digest` is of all its bytes; it is not checked again.
	 */
	adoptBlob(file: PendingFile, digest: string): FileContent {
		const content = openFileContent(file.temporaryPath);
		this.#tryToKeep(() => file.commit(this.#makePath(digest)));
		return content;
	}

	/**
	 * Copies a blob into a pending file: by sharing its bytes on disk, where the file system can.
	 * They are not hashed.
	 * @throws BytesError ERR_FILE_NOT_FOUND, ERR_DISK_FULL
	 */
	async copyBlob(digest: string, { path, temporaryPath }: PendingFile): Promise<void> {
		try {
			await copyFile(this.#path(digest), temporaryPath, constants.COPYFILE_FICLONE);
		} catch (cause) {
			throw BytesError.fromSystem(path, "copy blob", cause);
		}
	}

	/**
	 * A blob's bytes at random positions; they are not hashed, and stay readable when it is removed.
	 * @throws BytesError ERR_FILE_NOT_FOUND
	 */
	openContent(digest: string): FileContent {
		return openFileContent(this.#path(digest));
	}

	/**
	 * Opens a blob and hashes it through the very file that is read later, whatever gets its name
	 * meanwhile. Undefined for one that is not there, or is damaged, which is removed.
	 */
	async openSound(digest: string, size: number): Promise<FileContent | undefined> {
		if (regularFile(this.#path(digest)) === undefined) await this.#moveFormer(digest);
		const content = this.#openIfThere(digest);
		if (content === undefined) return undefined;
		const hash = createHash(algorithmOf(digest));
		if (content.size === size) {
			for (const chunk of contentChunks(content, HASHED_AT_ONCE)) {
				hash.update(chunk);
				await nextTurn();
			}
		}
		if (digest.endsWith(`:${hash.digest("hex")}`)) return content;
		content.close();
		this.remove(digest);
		return undefined;
	}

	#openIfThere(digest: string): FileContent | undefined {
		try {
			return this.openContent(digest);
		} catch {
			return undefined; // Another process removed it, or it is no file.
		}
	}

	/** Waits for the right to receive a blob; `undefined` once the blob is there. */
	lockBlob(digest: string, size: number, signal?: AbortSignal): Promise<ProcessLock | undefined> {
		makeCachePath(this.directory, "partial");
		return ProcessLock.acquire(this.#partialPath(digest), () => this.has(digest, size), signal);
	}

	/** Tells that blobs will likely be received soon. */
	prepareToReceive(): void {
		prepareBlobSinks();
	}

	/** Starts or resumes receiving a blob whose lock is held. */
	receiveBlob(digest: string, size: number): Promise<PartialBlob> {
		const path = this.#partialPath(digest);
		return PartialBlob.open({ digest, size, path, target: this.#makePath(digest) });
	}

	/** Bytes that an earlier attempt left of a blob. */
	partialSize(digest: string): number {
		return regularFile(this.#partialPath(digest))?.size ?? 0;
	}

	/** Removes a blob, as when it is found to be damaged. @throws BytesError where this user may not. */
	remove(digest: string): void {
		removeFile(this.#path(digest));
	}

	/** Records the use of a blob for `prune`; `time` in milliseconds since 1970. */
	touch(digest: string, time: number): void {
		try {
			utimesSync(this.#path(digest), time / 1000, time / 1000);
		} catch {
			// Gone, or a store that this user may only read: it can be used all the same.
		}
	}

	/** A small text kept under a key of any form; `undefined` when there is none to be believed. */
	readRecord(key: string): string | undefined {
		return this.#records.read(key);
	}

	/** Keeps a text, unless it cannot be written. */
	writeRecord(key: string, text: string): void {
		this.#records.write(key, text);
	}

	/** Looks at every record; those that are damaged are removed. */
	verifyRecords(): RecordCheck {
		return this.#records.verify();
	}

	/** All whole blobs, those used longest ago first. */
	list(): StoredBlob[] {
		const blobs = (["sha256", "sha512"] as const).flatMap((algorithm) =>
			namesIn(cachePath(this.directory, blobFolder(algorithm)))
				.filter((name) => isDigest(`${algorithm}:${name}`))
				.flatMap((hex) => this.#stored(`${algorithm}:${hex}`)),
		);
		return blobs.sort((a, b) => a.lastUsed - b.lastUsed || (a.digest < b.digest ? -1 : 1));
	}

	/** Hashes every blob; those that are damaged are removed and returned. */
	async verify(signal?: AbortSignal): Promise<StoredBlob[]> {
		const damaged: StoredBlob[] = [];
		for (const blob of this.list()) {
			signal?.throwIfAborted();
			if (!(await this.verifyBlob(blob.digest)) && !this.has(blob.digest, blob.size)) damaged.push(blob);
		}
		return damaged;
	}

	/**
	 * Removes the blobs used longest ago until `maximumBytes` are left, what interrupted downloads left
	 * unless one is going on, and what version 0.1.0 left. Folders stay: another process may be about to
	 * write there.
	 */
	prune(maximumBytes: number): PrunedStore {
		this.#clearPartial();
		if (maximumBytes <= 0) this.#records.removeAll();
		let bytes = removeFormerCache(this.directory);
		const blobs = this.list();
		let kept = blobs.reduce((sum, blob) => sum + blob.size, 0);
		const removed: StoredBlob[] = [];
		for (const blob of blobs) {
			if (kept <= maximumBytes) break;
			this.remove(blob.digest);
			removed.push(blob);
			kept -= blob.size;
			bytes += blob.size;
		}
		return { removed, bytes };
	}

	#clearPartial(): void {
		const directory = cachePath(this.directory, "partial");
		sweepPendingFiles(directory);
		for (const name of namesIn(directory)) {
			const digest = name.replace(LOCK_SUFFIX, "").replace("-", ":");
			if (!isDigest(digest)) continue;
			// Asking for a lock removes the claims of dead processes.
			const path = this.#partialPath(digest);
			if (ProcessLock.isFree(path)) removeFile(path);
		}
	}

	/** The cache never fails the work that it is for. */
	#tryToKeep(keep: () => void): void {
		try {
			keep();
		} catch (error) {
			if (!(error instanceof BytesError)) throw error;
			this.#records.warn(`cache: ${error.message}`);
		}
	}

	#stored(digest: string): StoredBlob[] {
		const found = regularFile(this.#path(digest));
		return found ? [{ digest, size: found.size, lastUsed: Math.round(found.mtimeMs) }] : [];
	}

	#path(digest: string): string {
		const [algorithm, hex] = checkDigest(digest);
		return cachePath(this.directory, blobFolder(algorithm), hex);
	}

	#makePath(digest: string): string {
		const [algorithm, hex] = checkDigest(digest);
		return makeCachePath(this.directory, blobFolder(algorithm), hex);
	}

	#partialPath(digest: string): string {
		return cachePath(this.directory, "partial", checkDigest(digest).join("-"));
	}
}

type Algorithm = "sha256" | "sha512";

function blobFolder(algorithm: Algorithm): CacheFolder {
	return `blobs/${algorithm}`;
}

const DIGEST = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/;

function isDigest(text: string): boolean {
	return DIGEST.test(text);
}

/** No path is ever made of anything else. */
function checkDigest(digest: string): [Algorithm, string] {
	const parts = DIGEST.exec(digest);
	if (parts === null) throw new TypeError(`${JSON.stringify(digest)}: expected a sha256 or sha512 digest`);
	return [(parts[1] ?? parts[3]) as Algorithm, (parts[2] ?? parts[4])!];
}

function removeFile(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch (cause) {
		throw BytesError.fromSystem(path, "remove", cause);
	}
}
