import { MessageChannel, type MessagePort } from "node:worker_threads";

/** A closed port discards messages, and frees the memory in them. */
let drain: MessagePort | undefined;

function openDrain(): MessagePort {
	const { port1, port2 } = new MessageChannel();
	port2.close();
	port1.close();
	return port1;
}

/**
 * Frees the memory of a chunk at once, if the chunk has all of it for itself. The garbage collector sees only the
 * small object of each chunk, so that tens of megabytes would accumulate in a stream.
 */
export function freeChunk({ buffer, byteLength }: Uint8Array): void {
	// Smaller chunks may share their memory with others.
	if (buffer.byteLength === byteLength) freeMemory(buffer);
}

/**
 * Passes on the chunks of a stream whose memory nobody else uses. Each chunk is valid until the next one is
 * requested, and its memory is freed as soon as the stream goes on with other memory.
 */
export async function* passAndFree(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	let last: ArrayBufferLike | undefined;
	for await (const chunk of chunks) {
		if (last !== undefined && last !== chunk.buffer) freeMemory(last);
		last = chunk.buffer;
		yield chunk;
	}
}

/** Node divides memory of so many bytes among small buffers. */
const SHARED_BYTES = 8192;

function freeMemory(buffer: ArrayBufferLike): void {
	if (!(buffer instanceof ArrayBuffer) || buffer.byteLength <= SHARED_BYTES) return;
	drain ??= openDrain();
	drain.postMessage(undefined, [buffer]);
}
