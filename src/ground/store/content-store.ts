import { createHash } from "node:crypto";
import { constants, utimesSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BytesError, contentChunks, errorCode } from "../bytes/index.js";
import {
	type FileContent,
	openFileContent,
	openUnlinkedFile,
	PendingFile,
	readFileIfPresent,
	writeFileAtomically,
} from "../files/index.js";
import { prepareBlobSinks } from "./blob-sink.js";
import type { CacheKey } from "./cache-key.js";
import { CACHE_FILE_MODE, makeCachePath, regularFile } from "./cache-layout.js";
import { formerBlobSize, moveFormerBlob, removeFormerCache } from "./former-cache.js";
import { algorithmOf, hashFile, PartialBlob } from "./partial-blob.js";
import { ProcessLock } from "./process-lock.js";
import { type RecordCheck, RecordStore } from "./record-store.js";
import {
	blobPath,
	checkDigest,
	clearPartial,
	listBlobs,
	makeBlobPath,
	type PrunedStore,
	partialPath,
	removeFile,
	type StoredBlob,
} from "./stored-blobs.js";

/** Bytes that are hashed before timers and sockets get their turn. */
const HASHED_AT_ONCE = 4 << 20;

export interface ContentStoreOptions {
	/** The key that authenticates records. Without it no record outlives the store. */
	readonly key?: CacheKey | undefined;
	/** Receives warnings about damaged records and about what could not be kept, each once. */
	readonly onWarning?: ((message: string) => void) | undefined;
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

	/** Makes no directory before something is stored. */
	constructor(directory: string, { key, onWarning }: ContentStoreOptions = {}) {
		this.directory = directory;
		this.#records = new RecordStore(directory, key, (message) => {
			if (!this.#warned.has(message)) onWarning?.(message);
			this.#warned.add(message);
		});
	}

	/** Whether there is a blob of that digest and size; its bytes are not looked at. */
	has(digest: string, size: number): boolean {
		const path = blobPath(this.directory, digest);
		const found = regularFile(path)?.size ?? formerBlobSize(this.directory, ...checkDigest(digest));
		return found === size;
	}

	/** Hashes a stored blob and removes it if it is damaged. Returns false if it is damaged or absent. */
	async verifyBlob(digest: string): Promise<boolean> {
		const path = blobPath(this.directory, digest);
		const before = regularFile(path);
		if (before === undefined) return this.#moveFormer(digest);
		const hash = createHash(algorithmOf(digest));
		try {
			await hashFile(path, hash);
		} catch (cause) {
			if (errorCode(cause) === "ENOENT") return false;
			if (errorCode(cause) !== "EIO") throw BytesError.fromSystem(path, "verify", cause);
		}
		if (hash.digest("hex") === path.slice(path.lastIndexOf("/") + 1)) return true;
		// Another process may have replaced it by a valid one meanwhile.
		if (regularFile(path)?.ino === before.ino) this.remove(digest);
		return false;
	}

	async #moveFormer(digest: string): Promise<boolean> {
		const [algorithm, hex] = checkDigest(digest);
		if (formerBlobSize(this.directory, algorithm, hex) === undefined) return false;
		const target = makeBlobPath(this.directory, digest);
		return moveFormerBlob(this.directory, { algorithm, hex, target });
	}

	/** Stores a small blob. If it cannot be written, it is not kept. @throws BytesError ERR_OBJECT_DIGEST */
	putBlob(digest: string, bytes: Uint8Array): void {
		const got = createHash(algorithmOf(digest)).update(bytes).digest("hex");
		const path = blobPath(this.directory, digest);
		if (!path.endsWith(`/${got}`)) {
			throw new BytesError("ERR_OBJECT_DIGEST", `${digest}: store: wrong bytes, got ${got}`);
		}
		this.#tryToKeep(() => {
			const known = readFileIfPresent(path);
			if (known !== undefined && Buffer.from(known).equals(bytes)) return;
			writeFileAtomically(makeBlobPath(this.directory, digest), bytes, { mode: CACHE_FILE_MODE });
		});
	}

	/** A file on the store's disk whose bytes become a blob by `adoptBlob`. */
	createBlob(): PendingFile {
		return PendingFile.create(makeCachePath(this.directory, "partial", "new"), { mode: CACHE_FILE_MODE });
	}

	/**
	 * Stores a file that `createBlob` made, and opens it: it stays readable even if another process prunes the store, and
	 * even when it could not be kept. `digest` is of all its bytes; it is not checked again.
	 */
	adoptBlob(file: PendingFile, digest: string): FileContent {
		const content = openFileContent(file.temporaryPath);
		this.#tryToKeep(() => file.commit(makeBlobPath(this.directory, digest)));
		return content;
	}

	/**
	 * Copies a blob into a pending file: by sharing its bytes on disk, where the file system can.
	 * They are not hashed.
	 * @throws BytesError ERR_FILE_NOT_FOUND, ERR_DISK_FULL
	 */
	async copyBlob(digest: string, { path, temporaryPath }: PendingFile): Promise<void> {
		try {
			await copyFile(blobPath(this.directory, digest), temporaryPath, constants.COPYFILE_FICLONE);
		} catch (cause) {
			throw BytesError.fromSystem(path, "copy blob", cause);
		}
	}

	/**
	 * A blob's bytes at random positions; they are not hashed, and stay readable when it is removed.
	 * @throws BytesError ERR_FILE_NOT_FOUND
	 */
	openContent(digest: string): FileContent {
		return openUnlinkedFile(blobPath(this.directory, digest));
	}

	/**
	 * Opens a blob and hashes the very file that is read later, even if its name is replaced meanwhile.
	 * Returns undefined for an absent blob, and for a damaged one, which it removes.
	 */
	async openSound(digest: string, size: number): Promise<FileContent | undefined> {
		if (regularFile(blobPath(this.directory, digest)) === undefined) await this.#moveFormer(digest);
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
			return undefined; // Another process removed it, or it is not a file.
		}
	}

	/** Waits for the right to receive a blob; `undefined` once the blob exists. */
	lockBlob(digest: string, size: number, signal?: AbortSignal): Promise<ProcessLock | undefined> {
		makeCachePath(this.directory, "partial");
		return ProcessLock.acquire(partialPath(this.directory, digest), () => this.has(digest, size), signal);
	}

	/** Prepares to receive blobs soon. */
	prepareToReceive(): void {
		prepareBlobSinks();
	}

	/** Starts or resumes receiving a blob whose lock is held. */
	receiveBlob(digest: string, size: number): Promise<PartialBlob> {
		const path = partialPath(this.directory, digest);
		return PartialBlob.open({ digest, size, path, target: makeBlobPath(this.directory, digest) });
	}

	/** Bytes that an earlier attempt left of a blob. */
	partialSize(digest: string): number {
		return regularFile(partialPath(this.directory, digest))?.size ?? 0;
	}

	/** Removes a blob, as when it is found to be damaged. @throws BytesError where this user may not. */
	remove(digest: string): void {
		removeFile(blobPath(this.directory, digest));
	}

	/** Records the use of a blob for `prune`; `time` in milliseconds since 1970. */
	touch(digest: string, time: number): void {
		try {
			utimesSync(blobPath(this.directory, digest), time / 1000, time / 1000);
		} catch {
			// It is gone, or the store is read-only, which does not matter.
		}
	}

	/** Returns the string kept under a key; undefined if there is none, or it is not authentic. */
	readRecord(key: string): string | undefined {
		return this.#records.read(key);
	}

	/** Keeps a string, unless it cannot be written. */
	writeRecord(key: string, text: string): void {
		this.#records.write(key, text);
	}

	/** Looks at every record; those that are damaged are removed. */
	verifyRecords(): RecordCheck {
		return this.#records.verify();
	}

	/** All whole blobs, those used longest ago first. */
	list(): StoredBlob[] {
		return listBlobs(this.directory);
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
		clearPartial(this.directory);
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

	/** The cache never fails the work that it is for. */
	#tryToKeep(keep: () => void): void {
		try {
			keep();
		} catch (error) {
			if (!(error instanceof BytesError)) throw error;
			this.#records.warn(`cache: ${error.message}`);
		}
	}
}
