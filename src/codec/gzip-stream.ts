import { createGunzip, type Gunzip } from "node:zlib";
import { errorCode } from "../ground/bytes/index.js";
import { CodecError } from "./errors.js";

/** Bytes of a chunk of zlib: few calls of the thread pool, and little memory. */
const CHUNK_SIZE = 1 << 18;

/**
 * Expands gzip, of one or several members, off the main thread.
 * @throws CodecError ERR_CODEC_DATA when it is damaged, cut short, or anything follows the last member.
 */
export async function* readGzip(
	chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
	const gunzip = createGunzip({ chunkSize: CHUNK_SIZE });
	const fed = feed(chunks, gunzip).catch((error: Error) => void gunzip.destroy(error));
	try {
		for await (const chunk of gunzip) yield chunk as Uint8Array;
	} catch (cause) {
		const code = errorCode(cause);
		throw code?.startsWith("Z_") ? damaged((cause as Error).message, cause) : cause;
	} finally {
		gunzip.destroy();
		await fed;
	}
}

/** Writes all chunks and ends the stream; stops early when the stream is destroyed. */
async function feed(chunks: AsyncIterable<Uint8Array>, gunzip: Gunzip): Promise<void> {
	let length = 0;
	for await (const chunk of chunks) {
		length += chunk.length;
		if (!(await write(gunzip, chunk))) return;
		// zlib ignores zeros after a member.
		if (gunzip.bytesWritten !== length) throw damaged("something follows the end of the stream");
	}
	gunzip.end();
}

/** Writes a chunk. @returns whether it was consumed; false if the stream was closed. */
function write(gunzip: Gunzip, chunk: Uint8Array): Promise<boolean> {
	return new Promise((resolve) => {
		const onClose = (): void => resolve(false);
		gunzip.once("close", onClose);
		gunzip.write(chunk, (error) => {
			gunzip.off("close", onClose);
			resolve(!error);
		});
	});
}

function damaged(reason: string, cause?: unknown): CodecError {
	return new CodecError("ERR_CODEC_DATA", `gzip: ${reason}`, { cause });
}
