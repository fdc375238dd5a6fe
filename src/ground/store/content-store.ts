import { createHash } from "node:crypto";
import { constants, readdirSync, readFileSync, rmSync, type Stats, statSync, utimesSync } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { join } from "node:path";
import { BytesError, sha256Hex } from "../bytes/index.js";
import {
	type FileContent,
	isPendingName,
	openFileContent,
	PendingFile,
	readFileIfPresent,
	sweepPendingFiles,
	writeFileAtomically,
} from "../files/index.js";
import { prepareBlobSinks } from "./blob-sink.js";
import { algorithmOf, hashFile, PartialBlob } from "./partial-blob.js";
import { LOCK_SUFFIX, ProcessLock } from "./process-lock.js";

/** A blob of the store, or what came of one. */
export interface StoredBlob {
	/** `sha256:<hex>` or `sha512:<hex>`. */
	readonly digest: string;
	/** Bytes on disk. */
	readonly size: number;
	/** Milliseconds since 1970, as the users of the store recorded it. */
	readonly lastUsed: number;
}

/**
 * Blobs by digest in a directory that many processes use at once:
 *
 *     blobs/<algorithm>/<hex>          whole, and right when they were written
 *     partial/<algorithm>-<hex>        what came of a blob so far; written under a ProcessLock
 *     records/<sha256 of the key>      small texts: what a tag last meant, media types
 *
 * Every file gets its name by a rename, so that a process killed at any point leaves a sound
 * store. Blobs and records may vanish at any time (`prune` of another process).
 */
export class ContentStore {
	readonly directory: string;

	/** Nothing is made before something is stored. */
	constructor(directory: string) {
		this.directory = directory;
	}

	/** Whether there is a blob of that digest and size; its bytes are not looked at. */
	has(digest: string, size: number): boolean {
		return statOf(this.#path(digest))?.size === size;
	}

	/** Hashes a stored blob and removes it if it is damaged: `false` when it is, or is not there. */
	async verifyBlob(digest: string): Promise<boolean> {
		const path = this.#path(digest);
		const before = statOf(path);
		if (before === undefined) return false;
		const hash = createHash(algorithmOf(digest));
		try {
			await hashFile(path, hash);
		} catch (cause) {
			if ((cause as NodeJS.ErrnoException).code === "ENOENT") return false;
			if ((cause as NodeJS.ErrnoException).code !== "EIO") throw BytesError.fromSystem(path, "verify", cause);
		}
		if (hash.digest("hex") === path.slice(path.lastIndexOf("/") + 1)) return true;
		// Another process may have put a sound one here meanwhile.
		if (statOf(path)?.ino === before.ino) this.remove(digest);
		return false;
	}

	/**
	 * A blob's bytes from `offset` on, as they lie there; they are not hashed.
	 * @throws BytesError ERR_FILE_NOT_FOUND
	 */
	async *openBlob(digest: string, offset = 0, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
		const path = this.#path(digest);
		const file = await open(path, "r").catch((cause: unknown) => {
			throw BytesError.fromSystem(path, "open", cause);
		});
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

	/** Stores a small blob whole. @throws BytesError ERR_OBJECT_DIGEST */
	putBlob(digest: string, bytes: Uint8Array): void {
		const got = createHash(algorithmOf(digest)).update(bytes).digest("hex");
		const path = this.#path(digest);
		if (!path.endsWith(`/${got}`)) {
			throw new BytesError("ERR_OBJECT_DIGEST", `${digest}: store: wrong bytes, got ${got}`);
		}
		const known = readFileIfPresent(path);
		if (known === undefined || !Buffer.from(known).equals(bytes)) writeFileAtomically(path, bytes);
	}

	/** A file on the store's disk whose bytes become a blob by `adoptBlob`. */
	createBlob(): PendingFile {
		return PendingFile.create(join(this.directory, "partial", "new"));
	}

	/** Stores a file that `createBlob` made. `digest` is of all its bytes; it is not checked again. */
	adoptBlob(file: PendingFile, digest: string): void {
		file.commit(this.#path(digest));
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

	/** Waits for the right to receive a blob; `undefined` once the blob is there. */
	lockBlob(digest: string, size: number, signal?: AbortSignal): Promise<ProcessLock | undefined> {
		return ProcessLock.acquire(this.#partialPath(digest), () => this.has(digest, size), signal);
	}

	/** Tells that blobs will likely be received soon. */
	prepareToReceive(): void {
		prepareBlobSinks();
	}

	/** Starts or resumes receiving a blob whose lock is held. */
	receiveBlob(digest: string, size: number): Promise<PartialBlob> {
		return PartialBlob.open({ digest, size, path: this.#partialPath(digest), target: this.#path(digest) });
	}

	/** Bytes that an earlier attempt left of a blob. */
	partialSize(digest: string): number {
		return statOf(this.#partialPath(digest))?.size ?? 0;
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

	/** A small text kept under a key of any form; `undefined` when there is none. */
	readRecord(key: string): string | undefined {
		try {
			return readFileSync(this.#recordPath(key), "utf8");
		} catch (cause) {
			const error = BytesError.fromSystem(this.#recordPath(key), "read", cause);
			if (error.code === "ERR_FILE_NOT_FOUND") return undefined;
			throw error;
		}
	}

	writeRecord(key: string, text: string): void {
		if (this.readRecord(key) !== text) writeFileAtomically(this.#recordPath(key), text);
	}

	/** All whole blobs, those used longest ago first. */
	list(): StoredBlob[] {
		const blobs = ["sha256", "sha512"].flatMap((algorithm) =>
			namesIn(join(this.directory, "blobs", algorithm))
				.filter((name) => !name.startsWith("."))
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
	 * Removes the blobs used longest ago until `maximumBytes` are left, and what interrupted
	 * downloads left unless one is going on.
	 */
	prune(maximumBytes: number): StoredBlob[] {
		this.#clearPartial();
		if (maximumBytes <= 0) rmSync(join(this.directory, "records"), { recursive: true, force: true });
		const blobs = this.list();
		let kept = blobs.reduce((sum, blob) => sum + blob.size, 0);
		const removed: StoredBlob[] = [];
		for (const blob of blobs) {
			if (kept <= maximumBytes) break;
			this.remove(blob.digest);
			removed.push(blob);
			kept -= blob.size;
		}
		return removed;
	}

	#clearPartial(): void {
		const directory = join(this.directory, "partial");
		const names = namesIn(directory);
		sweepPendingFiles(directory);
		for (const name of names.filter((other) => !isPendingName(other))) {
			// Asking for a lock removes the claims of dead processes.
			const path = join(directory, name.replace(LOCK_SUFFIX, ""));
			if (ProcessLock.isFree(path)) removeFile(path);
		}
	}

	#stored(digest: string): StoredBlob[] {
		const found = statOf(this.#path(digest));
		return found ? [{ digest, size: found.size, lastUsed: Math.round(found.mtimeMs) }] : [];
	}

	#path(digest: string): string {
		const [algorithm, hex] = checkDigest(digest);
		return join(this.directory, "blobs", algorithm, hex);
	}

	#partialPath(digest: string): string {
		return join(this.directory, "partial", checkDigest(digest).join("-"));
	}

	#recordPath(key: string): string {
		return join(this.directory, "records", sha256Hex(key));
	}
}

/** No path is ever made of anything else. */
function checkDigest(digest: string): [string, string] {
	const parts = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/.exec(digest);
	if (parts === null) throw new TypeError(`${JSON.stringify(digest)}: expected a sha256 or sha512 digest`);
	return [(parts[1] ?? parts[3])!, (parts[2] ?? parts[4])!];
}

function removeFile(path: string): void {
	try {
		rmSync(path, { force: true });
	} catch (cause) {
		throw BytesError.fromSystem(path, "remove", cause);
	}
}

function statOf(path: string): Stats | undefined {
	try {
		return statSync(path, { throwIfNoEntry: false });
	} catch (cause) {
		throw BytesError.fromSystem(path, "stat", cause);
	}
}

function namesIn(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		return [];
	}
}
