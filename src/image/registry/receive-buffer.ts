import type { OnReadOpts, Socket } from "node:net";

/** Most bytes that a connection passes on at a time. */
const SIZE = 256 * 1024;

/**
 * One buffer into which all connections of an HTTP agent receive. By default, Node makes one of 64 KiB for every
 * read, and the HTTP parser copies the body out of it: a fifth of the work of a download. Data in this buffer is
 * only valid during the `data` event.
 */
export const receiveBuffer: OnReadOpts = {
	buffer: Buffer.allocUnsafeSlow(SIZE),
	callback(this: Socket, size: number, buffer: Uint8Array): boolean {
		this.emit("data", buffer.subarray(0, size));
		return true;
	},
};
