import { readSync, writeSync } from "node:fs";
import { BytesError } from "../bytes/index.js";

/**
 * Fills the whole of `target` from byte `position` of an open file on.
 * @param subject name of the file for errors; a function if making the name is expensive.
 * @throws BytesError, also where the file ends before.
 */
export function readFully(
	descriptor: number,
	target: Uint8Array,
	position: number,
	subject: string | (() => string),
): void {
	try {
		for (let done = 0; done < target.length; ) {
			const got = readSync(descriptor, target, done, target.length - done, position + done);
			if (got === 0) throw new Error("the file became shorter while it was read");
			done += got;
		}
	} catch (cause) {
		throw BytesError.fromSystem(typeof subject === "string" ? subject : subject(), "read", cause);
	}
}

/**
 * Writes all of `bytes` at byte `position` of an open file; undefined: where the last write ended, as
 * for pipes.
 * @param subject names the file in errors.
 * @throws BytesError
 */
export function writeFully(
	descriptor: number,
	bytes: Uint8Array,
	position: number | undefined,
	subject: string,
): void {
	try {
		for (let done = 0; done < bytes.length; ) {
			const at = position === undefined ? null : position + done;
			done += writeSync(descriptor, bytes, done, bytes.length - done, at);
		}
	} catch (cause) {
		throw BytesError.fromSystem(subject, "write", cause);
	}
}
