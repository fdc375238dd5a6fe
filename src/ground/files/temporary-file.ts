import { closeSync } from "node:fs";
import { BytesError, checkRange } from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import type { FileContent } from "./file-content.js";
import { readFully, writeFully } from "./file-descriptor.js";
import { openNamelessFile } from "./pending-stream.js";

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
	const subject = `temporary file in ${directory}`;
	const descriptor = openNameless(directory, subject);
	let size = 0;
	try {
		for await (const chunk of chunks) {
			writeFully(descriptor, chunk, size, subject);
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
			readFully(descriptor, target, position, subject);
		},
		place: (position) => ({ file: descriptor, position }),
		close: () => closeSync(descriptor),
	};
}

function openNameless(directory: string, subject: string): number {
	try {
		makeDirectory(directory);
		return openNamelessFile(directory);
	} catch (cause) {
		throw BytesError.fromSystem(subject, "create", cause);
	}
}
