import { readSync } from "node:fs";
import { BytesError, errorCode } from "../internal.js";

/** Most bytes that are read: no secret is longer. */
const LIMIT = 64 * 1024;
const PAUSE = 20;

/** Reads all of standard input, which is small, and waits for it. @throws BytesError */
export function readStandardInput(): string {
	const buffer = Buffer.alloc(LIMIT);
	let length = 0;
	while (length < LIMIT) {
		const count = readSome(buffer, length);
		if (count === 0) break;
		length += count ?? 0;
	}
	return buffer.toString("utf8", 0, length);
}

/** Returns how many bytes came; 0 at the end, undefined while there are none yet. */
function readSome(buffer: Buffer, at: number): number | undefined {
	try {
		return readSync(0, buffer, at, buffer.length - at, null);
	} catch (cause) {
		const code = errorCode(cause);
		if (code === "EOF") return 0;
		if (code !== "EAGAIN") throw BytesError.fromSystem("standard input", "read", cause);
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
		return undefined;
	}
}
