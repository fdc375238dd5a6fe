import { closeSync, constants, fchmodSync, fstatSync, openSync } from "node:fs";
import { BytesError, contentSha256 } from "../bytes/index.js";
import { readFully } from "./file-descriptor.js";

/**
 * Makes a file read-only, under all of its names, and returns the lower-case hex SHA-256 of its bytes. It
 * opens the file once, so that a renamed file does not matter.
 * @throws BytesError ERR_FILE_KIND for a symbolic link and all else that is not a file; the system's error.
 */
export function sealFile(path: string): string {
	const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
	try {
		const status = fstatSync(descriptor);
		if (!status.isFile()) throw new BytesError("ERR_FILE_KIND", `${path}: open: expected a regular file`);
		fchmodSync(descriptor, 0o444);
		const { size } = status;
		return contentSha256({ size, read: (target, position) => readFully(descriptor, target, position, path) });
	} finally {
		closeSync(descriptor);
	}
}
