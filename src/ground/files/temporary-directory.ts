import { randomBytes } from "node:crypto";
import {
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readlinkSync,
	renameSync,
	rmdirSync,
	symlinkSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { BytesError } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { HeldDirectory } from "./held-directory.js";
import { isProcessAlive, processIdentity } from "./process-identity.js";
import { removeEntry } from "./tree-removal.js";

const PREFIX = "pvpkg.";
/** A link in each temporary directory to its own name, which marks it as ours. */
const MARK = ".pvpkg";
/** The former content of a directory that is being replaced, and a link to its name: see `DirectoryWriter`. */
export const FORMER = "former";
export const FORMER_NAME = "former-name";

const open = new Set<TemporaryDirectory>();

/**
 * A directory that is removed when it is no longer needed, by `discardTemporaryDirectories` when
 * the process is interrupted, and by the next process that makes one when this one was killed.
 */
export class TemporaryDirectory {
	readonly path: string;

	private constructor(path: string) {
		this.path = path;
	}

	/** Makes a temporary directory, mode 0700, below `parent`, such as TMPDIR. @throws BytesError */
	static create(parent: string): TemporaryDirectory {
		const path = join(parent, `${PREFIX}${processIdentity()}.${randomBytes(6).toString("hex")}`);
		try {
			makeDirectory(parent);
			sweepTemporaryDirectories(parent);
			mkdirSync(path, { mode: 0o700 });
			symlinkSync(basename(path), join(path, MARK));
		} catch (cause) {
			throw BytesError.fromSystem(path, "create", cause);
		}
		const directory = new TemporaryDirectory(path);
		open.add(directory);
		return directory;
	}

	/** Removes the directory with its contents. Never throws; may be called twice. */
	remove(): void {
		try {
			this.removeOrFail();
		} catch {
			// A disk that failed: the work itself is done.
		}
	}

	/** Removes the directory, and fails if something is left. @throws BytesError */
	removeOrFail(): void {
		if (!open.delete(this)) return;
		const parent = HeldDirectory.open(dirname(resolve(this.path)));
		try {
			removeMarked(parent, basename(this.path));
		} catch (cause) {
			throw BytesError.fromSystem(this.path, "remove", cause);
		} finally {
			parent.close();
		}
	}

	/** Keeps the directory on the disk, because it has the only copy of something. */
	keep(): void {
		open.delete(this);
	}
}

/** Removes every temporary directory of this process: for signal and exit handlers. */
export function discardTemporaryDirectories(): void {
	for (const directory of open) directory.remove();
}

/**
 * Removes the temporary directories that killed processes of this user left below `parent`, after
 * it gave back the directories that they were about to replace. Only what carries our mark, is
 * owned by this user and closed to all others is touched; no link is followed. Never throws.
 */
export function sweepTemporaryDirectories(parent: string): void {
	let held: HeldDirectory | undefined;
	try {
		held = HeldDirectory.open(parent);
		// Without /proc whoever may write there could swap a directory for a link between a look and the removal.
		if (!held.isFixed && !isOursAlone(held)) return;
		for (const name of readdirSync(held.place("."), "utf8").filter(isAbandoned)) sweepOne(held, name);
	} catch {
		// A directory that cannot be listed has none of our files, or keeps them.
	} finally {
		held?.close();
	}
}

/** Restores the directory at `path`, if a process was killed while it replaced it. Never throws. */
export function restoreInterrupted(path: string): void {
	const absolute = resolve(path);
	if (!existsSync(absolute)) sweepTemporaryDirectories(dirname(absolute));
}

function isAbandoned(name: string): boolean {
	return name.startsWith(PREFIX) && isProcessAlive(name.split(".")[1] ?? "") === false;
}

function sweepOne(parent: HeldDirectory, name: string): void {
	let directory: HeldDirectory | undefined;
	try {
		directory = parent.openChild(name);
		if (!isOurs(directory)) return;
		if (readLink(directory, MARK) === name) {
			giveBack(parent, directory);
			removeMarked(parent, name);
		} else {
			// Its process was killed before it set the mark: the directory is empty, or not ours.
			rmdirSync(parent.place(name));
		}
	} catch {
		// It belongs to another user, or another process is removing it.
	} finally {
		directory?.close();
	}
}

/** Whether only this user can make or rename files in a directory. */
function isOursAlone(directory: HeldDirectory): boolean {
	const { uid, mode } = directory.status();
	return uid === process.geteuid?.() && (mode & 0o022) === 0;
}

function isOurs(directory: HeldDirectory): boolean {
	const { uid, mode } = directory.status();
	return uid === process.geteuid?.() && (mode & 0o777) === 0o700;
}

/**
 * Removes a temporary directory: first what says that something has to be given back, as from then on
 * that is no longer whole; last the mark, without which nobody would go on after a kill.
 */
function removeMarked(parent: HeldDirectory, name: string): void {
	const directory = parent.openChild(name);
	try {
		removeEntry(directory, FORMER_NAME);
		const names = readdirSync(directory.place("."), "utf8");
		for (const entry of names.filter((other) => other !== MARK)) removeEntry(directory, entry);
		removeEntry(directory, MARK);
	} finally {
		directory.close();
	}
	rmdirSync(parent.place(name));
}

/** Puts the former directory back if its process was killed before the new one was in place. */
function giveBack(parent: HeldDirectory, directory: HeldDirectory): void {
	const target = readLink(directory, FORMER_NAME);
	if (target === undefined || target !== basename(target) || !isThere(directory, FORMER)) return;
	if (!isThere(parent, target)) renameSync(directory.place(FORMER), parent.place(target));
}

function readLink(directory: HeldDirectory, name: string): string | undefined {
	try {
		return readlinkSync(directory.place(name), "utf8");
	} catch {
		return undefined;
	}
}

function isThere(directory: HeldDirectory, name: string): boolean {
	return lstatSync(directory.place(name), { throwIfNoEntry: false }) !== undefined;
}
