import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { checkRange } from "./content.js";
import { makeDirectory } from "./directory.js";
import { BytesError } from "./errors.js";
import type { FileContent } from "./file-content.js";

/**
 * Receives a stream of unknown length into a temporary file, to read it at any position. The file
 * has no name from the moment it was opened: nothing is left of it however the process ends.
 *
 * @param directory is made if it is not there.
 * @throws BytesError; whatever `chunks` throws, which is also where a length is limited.
 */
export async function receiveTemporaryFile(
	chunks: AsyncIterable<Uint8Array>,
	directory: string,
): Promise<FileContent> {
	const descriptor = openNameless(directory);
	let size = 0;
	try {
		for await (const chunk of chunks) {
			writeFully(descriptor, chunk, size, directory);
			size += chunk.length;
		}
	} catch (error) {
		closeSync(descriptor);
		throw error;
	}
	return {
		size,
		read(target, position) {
			checkRange(size, target.length, position);
			for (let done = 0; done < target.length; ) {
				done += readSync(descriptor, target, done, target.length - done, position + done);
			}
		},
		close: () => closeSync(descriptor),
	};
}

function openNameless(directory: string): number {
	const path = join(directory, `.pvpkg-${randomBytes(6).toString("hex")}.tmp`);
	try {
		makeDirectory(directory);
		const descriptor = openSync(path, "wx+", 0o600);
		unlinkSync(path);
		return descriptor;
	} catch (cause) {
		throw BytesError.fromSystem(`temporary file in ${directory}`, "create", cause);
	}
}

function writeFully(descriptor: number, chunk: Uint8Array, position: number, directory: string): void {
	try {
		for (let done = 0; done < chunk.length; ) {
			done += writeSync(descriptor, chunk, done, chunk.length - done, position + done);
		}
	} catch (cause) {
		throw BytesError.fromSystem(`temporary file in ${directory}`, "write", cause);
	}
}
