import { freeDiskBytes } from "../../ground/files/index.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";

/** What unpacking leaves free on the disk. Bytes. */
const DISK_RESERVE = 64 * 1024 * 1024;

/** Passes chunks on until they would fill the disk. @throws SourceError ERR_ARCHIVE_LIMIT */
export async function* limitToDisk(
	chunks: AsyncIterable<Uint8Array>,
	subject: string,
	{ temporaryDirectory, signal }: SourceContext,
): AsyncGenerator<Uint8Array> {
	const limit = freeDiskBytes(temporaryDirectory) - DISK_RESERVE;
	let size = 0;
	for await (const chunk of chunks) {
		signal?.throwIfAborted();
		size += chunk.length;
		if (size > limit) throw diskError(subject, temporaryDirectory, limit, `at least ${size}`);
		yield chunk;
	}
}

/** Refuses to unpack what says that it will not fit. @throws SourceError ERR_ARCHIVE_LIMIT */
export function checkDiskSpace(subject: string, size: number, { temporaryDirectory }: SourceContext): void {
	const limit = freeDiskBytes(temporaryDirectory) - DISK_RESERVE;
	if (size > limit) throw diskError(subject, temporaryDirectory, limit, String(size));
}

function diskError(subject: string, directory: string, limit: number, got: string): SourceError {
	const reason = `expected at most ${Math.max(0, limit)} bytes, which ${directory} has room for, got ${got}`;
	return new SourceError("ERR_ARCHIVE_LIMIT", `${subject}: unpack: ${reason}`);
}
