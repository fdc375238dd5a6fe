import {
	checkOutputDirectory,
	checkOutputFile,
	placeBelow,
	TemporaryDirectory,
} from "../ground/files/index.js";
import { writeLayoutArchive } from "../image/sources/index.js";

/**
 * Calls `write` with the directory of an OCI layout to fill: `output` itself, or, for `oci-archive:FILE`, a temporary
 * one that becomes that file afterwards.
 * @throws BytesError for an output that cannot be written, before `write` is called.
 */
export async function withLayoutOutput<T>(
	output: string,
	temporaryDirectory: string,
	write: (directory: string) => Promise<T>,
): Promise<T> {
	const archive = /^oci-archive:(.+)$/s.exec(output)?.[1];
	if (archive === undefined) {
		checkOutputDirectory(output);
		return write(output);
	}
	checkOutputFile(archive);
	const temporary = TemporaryDirectory.create(temporaryDirectory);
	try {
		const directory = placeBelow(temporary.path, "layout");
		const result = await write(directory);
		await writeLayoutArchive(directory, archive);
		return result;
	} finally {
		temporary.remove();
	}
}
