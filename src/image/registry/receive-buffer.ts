import type { OnReadOpts, Socket } from "node:net";

/** What a connection hands over at a time. Bytes. */
const SIZE = 256 * 1024;

/**
 * One buffer that all connections of an HTTP agent receive into. By itself Node makes one of 64 KiB
 * for every read, only for the HTTP parser to copy the body out of it: a fifth of the work
 * of a download. Nothing may keep what it gets from here longer than the `data` event lasts.
 */
export const receiveBuffer: OnReadOpts = {
	buffer: Buffer.allocUnsafeSlow(SIZE),
	callback(this: Socket, size: number, buffer: Uint8Array): boolean {
		this.emit("data", buffer.subarray(0, size));
		return true;
	},
};
