import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "../bytes/index.js";
import { endedBySignals } from "./ending-signals.js";
import { writeFully } from "./file-descriptor.js";

const CHUNK_SIZE = 1 << 20;
/** How long to wait for the reader of a FIFO. */
const READER_WAIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 20;

/** Opens a file without a name, for bytes that are written and read at any position. @throws the system's error */
export function openNamelessFile(directory: string = tmpdir(), suffix = "tmp"): number {
	const path = join(directory, `.pvpkg-${randomBytes(6).toString("hex")}.${suffix}`);
	const descriptor = openSync(path, "wx+", 0o600);
	unlinkSync(path);
	return descriptor;
}

/** Copies all bytes of an open file into a FIFO or a device, whose reader takes its time. @throws the system's error */
export function copyToStream(source: number, path: string): void {
	endedBySignals(() => copyBytes(source, path));
}

function copyBytes(source: number, path: string): void {
	const target = openStream(path);
	try {
		const { size } = fstatSync(source);
		const chunk = Buffer.allocUnsafeSlow(Math.min(size, CHUNK_SIZE));
		for (let position = 0; position < size; ) {
			const got = readSync(source, chunk, 0, chunk.length, position);
			if (got === 0) break;
			writeFully(target, chunk.subarray(0, got), undefined, path);
			position += got;
		}
	} finally {
		closeSync(target);
	}
}

/**
 * Opens for writing. Opening a FIFO without a reader would block the thread and its signals, so this tries
 * again for a limited time.
 */
function openStream(path: string): number {
	for (let waited = 0; ; waited += POLL_MILLISECONDS) {
		try {
			const probe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
			try {
				// A reader is there, so this does not block, and writes wait for the reader.
				return openSync(path, constants.O_WRONLY);
			} finally {
				closeSync(probe);
			}
		} catch (cause) {
			const noReader = errorCode(cause) === "ENXIO";
			if (!noReader || waited >= READER_WAIT_MILLISECONDS) throw cause;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MILLISECONDS);
		}
	}
}
