import { freeDiskBytes } from "../../ground/files/index.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";

/** Bytes that unpacking leaves free on the disk. */
const DISK_RESERVE = 64 * 1024 * 1024;
/** Most bytes of an archive that are written to the disk, unless the context allows more. */
const MAXIMUM_UNPACKED = 16 * 2 ** 30;

/**
 * Passes the chunks of an unpacked archive on, as many as it may have and the disk has room for.
 * @throws SourceError ERR_ARCHIVE_LIMIT
 */
export async function* limitUnpacked(
	chunks: AsyncIterable<Uint8Array>,
	subject: string,
	context: SourceContext,
): AsyncGenerator<Uint8Array> {
	const room = roomOf(context);
	let size = 0;
	for await (const chunk of chunks) {
		context.signal?.throwIfAborted();
		size += chunk.length;
		checkUnpacked(subject, size, context);
		if (size > room) throw diskError(subject, context, room, `at least ${size}`);
		yield chunk;
	}
}

/** Refuses an archive of which so many bytes are unpacked, or will be. @throws SourceError ERR_ARCHIVE_LIMIT */
export function checkUnpacked(subject: string, size: number, context: SourceContext): void {
	const { maximumUnpacked = MAXIMUM_UNPACKED } = context;
	if (size <= maximumUnpacked) return;
	const reason = `expected at most ${maximumUnpacked} bytes, got at least ${size} (--max-layer allows more)`;
	throw new SourceError("ERR_ARCHIVE_LIMIT", `${subject}: unpack: ${reason}`);
}

/** Refuses to unpack an archive whose stated size does not fit. @throws SourceError ERR_ARCHIVE_LIMIT */
export function checkDiskSpace(subject: string, size: number, context: SourceContext): void {
	const room = roomOf(context);
	if (size > room) throw diskError(subject, context, room, String(size));
}

function roomOf({ temporaryDirectory }: SourceContext): number {
	return Math.max(0, freeDiskBytes(temporaryDirectory) - DISK_RESERVE);
}

function diskError(
	subject: string,
	{ temporaryDirectory }: SourceContext,
	room: number,
	got: string,
): SourceError {
	const reason = `expected at most ${room} bytes, which ${temporaryDirectory} has room for, got ${got}`;
	const remedy = "(TMPDIR names another place)";
	return new SourceError("ERR_ARCHIVE_LIMIT", `${subject}: unpack: ${reason} ${remedy}`);
}
