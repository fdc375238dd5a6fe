import {
	accessSync,
	closeSync,
	constants,
	existsSync,
	lstatSync,
	readlinkSync,
	type Stats,
	statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { BytesError } from "../bytes/index.js";
import { openNamelessFile } from "./pending-stream.js";

/** How an output is written. */
export type OutputKind =
	/** Written beside its place and then renamed, so that the old file stays complete until then. */
	| "file"
	/** Written from start to end into an existing FIFO, device or descriptor. */
	| "stream";

/** What an output may be. */
export interface OutputOptions {
	/** Allows a block device, which loses what it holds. */
	readonly overwriteDevice?: boolean | undefined;
}

/**
 * Returns how an output at `path` is written.
 * @throws BytesError ERR_FILE_KIND for a directory, a socket, and a block device unless it is allowed
 */
export function outputKind(path: string, { overwriteDevice = false }: OutputOptions = {}): OutputKind {
	const status = statIfThere(path);
	if (status === undefined) return "file";
	if (status.isFIFO() || status.isCharacterDevice()) return "stream";
	if (status.isFile()) return isDescriptor(path) ? "stream" : "file";
	if (status.isBlockDevice()) {
		if (overwriteDevice) return "stream";
		throw refusal(path, "is a block device, expected a file (mksquashfs --force overwrites a device)");
	}
	throw refusal(path, `is a ${status.isDirectory() ? "directory" : "socket"}, expected a file`);
}

/**
 * Checks that a file can be written at `path`, before the work that makes its content, and leaves nothing
 * behind.
 * @throws BytesError
 */
export function checkOutputFile(path: string, options: OutputOptions = {}): void {
	try {
		const kind = outputKind(path, options);
		if (kind === "stream") accessSync(path, constants.W_OK);
		else checkNearest(dirname(resolve(path)));
	} catch (cause) {
		throw cause instanceof BytesError ? cause : BytesError.fromSystem(path, "write", cause);
	}
}

/** Checks the same for a directory that is made or gets files. @throws BytesError */
export function checkOutputDirectory(path: string): void {
	try {
		checkNearest(resolve(path));
	} catch (cause) {
		throw BytesError.fromSystem(path, "write", cause);
	}
}

/** Checks the directory, or the nearest existing one above it. */
function checkNearest(directory: string): void {
	let nearest = directory;
	while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
	// Only a file that is made shows what access(2) does not know of, such as a place below /proc.
	closeSync(openNamelessFile(nearest));
}

/** Whether a path is a link such as /dev/stdout, which must be written to and not replaced. */
function isDescriptor(path: string): boolean {
	if (!lstatSync(path).isSymbolicLink()) return false;
	const place = resolve(path);
	return /^\/(dev|proc)\//.test(place) || /^\/(proc\/|dev\/fd\/)/.test(readlinkSync(place));
}

function statIfThere(path: string): Stats | undefined {
	try {
		return statSync(path, { throwIfNoEntry: false });
	} catch (cause) {
		throw BytesError.fromSystem(path, "write", cause);
	}
}

function refusal(path: string, reason: string): BytesError {
	return new BytesError("ERR_FILE_KIND", `${path}: write: ${reason}`);
}
