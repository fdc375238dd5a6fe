import { join } from "node:path";
import { listDirectory, openFileContent, PendingFile, streamContent } from "../../ground/files/index.js";
import { archiveEnd, archivePadding, encodeArchiveHeader } from "../../ground/tar/index.js";
import { SourceError } from "./errors.js";

/** A member of a tar that has no other size field than eleven octal digits is smaller than this. Bytes. */
const SIZE_LIMIT = 2 ** 33;

/**
 * Writes an OCI image layout as a tar archive: the same layout gives the same bytes. The file gets its name when all
 * of it is written.
 * @throws SourceError ERR_SOURCE_FORMAT for a blob of 8 GiB or more.
 */
export async function writeLayoutArchive(directory: string, path: string): Promise<void> {
	const file = PendingFile.create(path);
	let position = 0;
	const write = (bytes: Uint8Array): void => {
		file.write(bytes, position);
		position += bytes.length;
	};
	try {
		for (const name of membersOf(directory)) await writeMember(join(directory, name), name, write);
		write(archiveEnd());
		file.commit();
	} finally {
		file.discard();
	}
}

/** What says what an archive is comes first, so that readers of streams know what they have. */
function membersOf(directory: string): string[] {
	const algorithms = listDirectory(join(directory, "blobs")).sort();
	const blobs = algorithms.flatMap((algorithm) =>
		listDirectory(join(directory, "blobs", algorithm))
			.sort()
			.map((hex) => `blobs/${algorithm}/${hex}`),
	);
	return ["oci-layout", "index.json", ...blobs];
}

async function writeMember(path: string, name: string, write: (bytes: Uint8Array) => void): Promise<void> {
	const content = openFileContent(path);
	try {
		const { size } = content;
		if (size >= SIZE_LIMIT) {
			const reason = `expected less than 8 GiB, got ${size} bytes (write a layout into a directory instead)`;
			throw new SourceError("ERR_SOURCE_FORMAT", `${name}: write archive: ${reason}`);
		}
		write(encodeArchiveHeader({ name, size, mode: 0o644 }));
		for await (const chunk of streamContent(content)) write(chunk);
		write(archivePadding(size));
	} finally {
		content.close();
	}
}
