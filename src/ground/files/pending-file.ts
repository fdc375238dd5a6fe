import { createHash, randomBytes } from "node:crypto";
import {
	closeSync,
	linkSync,
	lstatSync,
	openSync,
	readdirSync,
	renameSync,
	rmdirSync,
	unlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { BytesError, type Content, contentChunks } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { readFully, writeFully } from "./file-descriptor.js";
import { HeldDirectory } from "./held-directory.js";
import { type OutputOptions, outputKind } from "./output.js";
import { copyToStream, openNamelessFile } from "./pending-stream.js";
import { isProcessAlive, processIdentity } from "./process-identity.js";
import { sealFile } from "./read-only.js";

const CHUNK_SIZE = 1 << 20;
/** Directory with a path for every open file. macOS has no /proc, and small containers have no /dev/fd. */
const DESCRIPTORS = process.platform === "linux" ? "/proc/self/fd" : "/dev/fd";
const pending = new Set<PendingFile>();
/** Directories that were made for files that are pending; those that stay empty do not outlive them. */
const made = new Set<string>();
/** Directories in which this process has removed the files of killed ones. */
const swept = new Set<string>();

export interface PendingFileOptions {
	/** Mode of the file, before the umask. Default: 0644. */
	readonly mode?: number | undefined;
	/**
	 * Takes the path as an output that a person named: a FIFO or a device there gets the bytes as a
	 * stream. Otherwise anything but a file is refused.
	 */
	readonly output?: OutputOptions | undefined;
}

/**
 * A file that gets its name only when it is complete: written beside it under a temporary name
 * (`.NAME.pvpkg.PROCESS.RANDOM.tmp`), renamed by `commit`. What is still pending when the process exits or is
 * interrupted is removed by `discardPendingFiles`; what a killed process left, by the next that makes a file
 * there. Directories that were made for it and stay empty go with it. An output that is a FIFO or a device
 * gets its bytes by `commit`, from a file without a name, and keeps its place.
 */
export class PendingFile {
	readonly path: string;
	/** Absent if the bytes are in a file without a name. */
	readonly #temporary: string | undefined;
	#descriptor: number | undefined;
	#isLink = false;

	private constructor(path: string, temporary: string | undefined, descriptor: number) {
		this.path = path;
		this.#temporary = temporary;
		this.#descriptor = descriptor;
	}

	/** Opens a new pending file. @throws BytesError */
	static create(path: string, { mode = 0o644, output }: PendingFileOptions = {}): PendingFile {
		const kind = outputKind(path, output);
		if (kind === "stream" && output === undefined) {
			throw new BytesError("ERR_FILE_KIND", `${path}: create: is a FIFO or a device, expected a file`);
		}
		try {
			const [temporary, descriptor] =
				kind === "stream" ? ([undefined, openNamelessFile()] as const) : openBeside(path, mode);
			const file = new PendingFile(path, temporary, descriptor);
			pending.add(file);
			return file;
		} catch (cause) {
			throw BytesError.fromSystem(path, "create", cause);
		}
	}

	/** Path of the bytes until `commit`; other readers may open it. */
	get temporaryPath(): string {
		return this.#temporary ?? `${DESCRIPTORS}/${this.#open()}`;
	}

	/** Writes all of `bytes` at `position` (bytes from the start). */
	write(bytes: Uint8Array, position: number): void {
		writeFully(this.#open(), bytes, position, this.path);
	}

	/**
	 * Writes a content of any size, from the start on.
	 * @returns the lower-case hex SHA-256 of what was written: a file may have changed since somebody hashed it.
	 */
	writeContent(content: Content): string {
		const hash = createHash("sha256");
		let position = 0;
		for (const chunk of contentChunks(content, CHUNK_SIZE)) {
			hash.update(chunk);
			this.write(chunk, position);
			position += chunk.length;
		}
		return hash.digest("hex");
	}

	/**
	 * Makes the file a hard link to `existing`, on the same disk, in place of a file of its own. It must not
	 * be written any more, as that would change both names.
	 * @returns the lower-case hex SHA-256 of what it is now.
	 * @throws BytesError; the system's error.
	 */
	linkTo(existing: string): string {
		unlinkSync(this.temporaryPath);
		linkSync(existing, this.temporaryPath);
		this.#isLink = true;
		return sealFile(this.temporaryPath);
	}

	/** Fills `target` from `position`; what was not written yet cannot be read. */
	read(target: Uint8Array, position: number): void {
		readFully(this.#open(), target, position, this.path);
	}

	/** Gives the file its name, or another on the same disk, and replaces an existing file. */
	commit(path: string = this.path): void {
		try {
			if (this.#temporary === undefined) copyToStream(this.#open(), path);
			closeSync(this.#open());
			this.#descriptor = undefined;
			if (this.#temporary !== undefined) renameInto(this.#temporary, path);
			// If both are names of one file already, rename(2) succeeds without doing anything.
			if (this.#isLink) unlinkIfPossible(this.temporaryPath);
			pending.delete(this);
		} catch (cause) {
			throw BytesError.fromSystem(this.path, "commit", cause);
		}
	}

	/** Removes the file unless it was committed. Never throws; may be called twice. */
	discard(): void {
		if (!pending.delete(this)) return;
		if (this.#descriptor !== undefined) closeSync(this.#descriptor);
		this.#descriptor = undefined;
		if (this.#temporary === undefined) return;
		unlinkIfPossible(this.#temporary);
		removeMade(dirname(this.#temporary));
	}

	#open(): number {
		if (this.#descriptor === undefined) throw new TypeError(`${this.path}: file is no longer pending`);
		return this.#descriptor;
	}
}

/** Whether a name is that of a pending file of any process. */
export function isPendingName(name: string): boolean {
	return PENDING_NAME.test(name);
}

const PENDING_NAME = /^\..*\.pvpkg\.([^.]+)\.[0-9a-f]{12}\.tmp$/s;

function openBeside(path: string, mode: number): readonly [string, number] {
	const name = basename(path).slice(0, 60);
	const random = randomBytes(6).toString("hex");
	const temporary = join(dirname(path), `.${name}.pvpkg.${processIdentity()}.${random}.tmp`);
	const open = (): number => {
		for (const directory of makeDirectory(dirname(path))) made.add(directory);
		return openSync(temporary, "wx+", mode);
	};
	sweepOnce(dirname(path));
	try {
		return [temporary, open()];
	} catch (cause) {
		// Another process had made the directory, and removed it between the two steps.
		if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
		return [temporary, open()];
	}
}

function renameInto(temporary: string, path: string): void {
	makeDirectory(dirname(path));
	renameSync(temporary, path);
}

function unlinkIfPossible(path: string): void {
	try {
		unlinkSync(path);
	} catch {
		// Another process removed it, or the disk failed.
	}
}

/** Removes a directory that was made for a pending file, and those above it, up to the first that has something. */
function removeMade(directory: string): void {
	if (!made.has(directory)) return;
	try {
		rmdirSync(directory);
	} catch {
		return;
	}
	made.delete(directory);
	swept.delete(directory);
	removeMade(dirname(directory));
}

function sweepOnce(directory: string): void {
	if (swept.has(directory)) return;
	swept.add(directory);
	sweepPendingFiles(directory);
}

/** Removes the pending files in a directory that killed processes of this user left. Never throws. */
export function sweepPendingFiles(path: string): void {
	let directory: HeldDirectory | undefined;
	try {
		directory = HeldDirectory.open(path);
		for (const name of readdirSync(directory.place("."), "utf8").filter(isAbandoned)) {
			const place = directory.place(name);
			const status = lstatSync(place, { throwIfNoEntry: false });
			if (status?.isFile() && status.uid === process.geteuid?.()) unlinkSync(place);
		}
	} catch {
		// Files that cannot be removed do not stop the work.
	} finally {
		directory?.close();
	}
}

function isAbandoned(name: string): boolean {
	const identity = PENDING_NAME.exec(name)?.[1];
	return identity !== undefined && isProcessAlive(identity) === false;
}

/** Removes every file that is still pending: for signal and exit handlers. */
export function discardPendingFiles(): void {
	for (const file of pending) file.discard();
}

/** Writes a small file whole: pending, then committed. */
export function writeFileAtomically(
	path: string,
	bytes: Uint8Array | string,
	options: PendingFileOptions = {},
): void {
	const file = PendingFile.create(path, options);
	try {
		file.write(typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes, 0);
		file.commit();
	} finally {
		file.discard();
	}
}
