import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BytesError, type Content, contentChunks } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { readFully, writeFully } from "./file-descriptor.js";
import { isProcessAlive, processIdentity } from "./process-identity.js";

const CHUNK_SIZE = 1 << 20;
const pending = new Set<PendingFile>();
/** Directories in which this process has looked for what killed ones left. */
const swept = new Set<string>();

/**
 * A file that appears under its name only when it is whole: written beside it under a
 * temporary name (`.NAME.pvpkg.PROCESS.RANDOM.tmp`), renamed by `commit`. What is still pending
 * when the process exits or is interrupted is removed by `discardPendingFiles`; what a killed
 * process left, by the next that makes a file there.
 */
export class PendingFile {
	readonly path: string;
	readonly #temporary: string;
	#descriptor: number | undefined;

	private constructor(path: string, temporary: string, descriptor: number) {
		this.path = path;
		this.#temporary = temporary;
		this.#descriptor = descriptor;
	}

	/** Opens a new pending file. */
	static create(path: string, mode: number = 0o644): PendingFile {
		const random = randomBytes(6).toString("hex");
		const name = basename(path).slice(0, 60);
		const temporary = join(dirname(path), `.${name}.pvpkg.${processIdentity()}.${random}.tmp`);
		try {
			makeDirectory(dirname(path));
			sweepOnce(dirname(path));
			const file = new PendingFile(path, temporary, openSync(temporary, "wx+", mode));
			pending.add(file);
			return file;
		} catch (cause) {
			throw BytesError.fromSystem(path, "create", cause);
		}
	}

	/** Where the bytes are until `commit`; other readers may open it. */
	get temporaryPath(): string {
		return this.#temporary;
	}

	/** Writes all of `bytes` at `position` (bytes from the start). */
	write(bytes: Uint8Array, position: number): void {
		writeFully(this.#open(), bytes, position, this.path);
	}

	/** Writes a content of any size, from the start on. */
	writeContent(content: Content): void {
		let position = 0;
		for (const chunk of contentChunks(content, CHUNK_SIZE)) {
			this.write(chunk, position);
			position += chunk.length;
		}
	}

	/** Fills `target` from `position`; what was not written yet cannot be read. */
	read(target: Uint8Array, position: number): void {
		readFully(this.#open(), target, position, this.path);
	}

	/** Gives the file its name, or another on the same disk, replacing what had it. */
	commit(path: string = this.path): void {
		try {
			closeSync(this.#open());
			this.#descriptor = undefined;
			makeDirectory(dirname(path));
			renameSync(this.#temporary, path);
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
		rmSync(this.#temporary, { force: true });
	}

	#open(): number {
		if (this.#descriptor === undefined) throw new TypeError(`${this.path}: file is no longer pending`);
		return this.#descriptor;
	}
}

/** Whether a file name is that of a pending file, of any process. */
export function isPendingName(name: string): boolean {
	return PENDING_NAME.test(name);
}

const PENDING_NAME = /^\..*\.pvpkg\.([^.]+)\.[0-9a-f]{12}\.tmp$/s;

function sweepOnce(directory: string): void {
	if (swept.has(directory)) return;
	swept.add(directory);
	sweepPendingFiles(readdirSync(directory), directory);
}

/** Removes those of a directory's files that killed processes left pending. */
export function sweepPendingFiles(names: readonly string[], directory: string): void {
	for (const name of names) {
		const identity = PENDING_NAME.exec(name)?.[1];
		if (identity !== undefined && isProcessAlive(identity) === false) {
			rmSync(join(directory, name), { force: true });
		}
	}
}

/** Removes every file that is still pending: for signal and exit handlers. */
export function discardPendingFiles(): void {
	for (const file of pending) file.discard();
}

/** Writes a small file whole: pending, then committed. */
export function writeFileAtomically(path: string, bytes: Uint8Array | string): void {
	const file = PendingFile.create(path);
	try {
		file.write(typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes, 0);
		file.commit();
	} finally {
		file.discard();
	}
}
