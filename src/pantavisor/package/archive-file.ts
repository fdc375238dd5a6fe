import { type OutputOptions, PendingFile } from "../../ground/files/index.js";
import type { State } from "../state/index.js";
import { type ArchiveOptions, type ArchiveSummary, writeArchive } from "./archive-writer.js";
import type { ObjectSource } from "./object-set.js";

/** A complete package beside its place; `commit` puts it there. */
export interface PendingArchive extends ArchiveSummary {
	commit(): void;
	/** Removes it unless it was committed. */
	discard(): void;
}

/** Writes a package file. @throws what `writeArchive` throws; BytesError. No file is left then. */
export async function writeArchiveFile(
	state: State,
	objects: ObjectSource,
	path: string,
	options: ArchiveOptions & { readonly output?: OutputOptions | undefined } = {},
): Promise<PendingArchive> {
	const file = PendingFile.create(path, { output: options.output ?? {} });
	let position = 0;
	const write = (bytes: Uint8Array): void => {
		file.write(bytes, position);
		position += bytes.length;
	};
	try {
		const summary = await writeArchive(state, objects, { write }, options);
		return { ...summary, commit: () => file.commit(), discard: () => file.discard() };
	} catch (error) {
		file.discard();
		throw error;
	}
}
