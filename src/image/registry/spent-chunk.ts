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
 * Frees the memory of a chunk of a body at once. The garbage collector sees only the small object of each chunk, so
 * that tens of megabytes would accumulate during a download.
 */
export function freeChunk({ buffer, byteLength }: Uint8Array): void {
	// Smaller chunks may share their memory with others.
	if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength || byteLength < 4096) return;
	drain ??= openDrain();
	drain.postMessage(undefined, [buffer]);
}
