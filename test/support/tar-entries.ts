import { readEntries, type TarEntry, type TarReadOptions } from "../../src/ground/tar/index.js";
import { chunked, collect } from "./chunks.js";

/** An entry with its data and attribute values as Latin-1 text. */
export type ReadEntry = Omit<TarEntry, "body" | "xattrs"> & {
	readonly data: string;
	readonly xattrs: Record<string, string>;
};

/** All entries of an archive that comes in chunks of `chunkSize` bytes, or in one. */
export async function readAll(
	archive: Uint8Array,
	options: TarReadOptions = {},
	chunkSize?: number,
): Promise<ReadEntry[]> {
	const entries: ReadEntry[] = [];
	for await (const { body, xattrs, ...entry } of readEntries(chunked(archive, chunkSize), options)) {
		const named = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
		const data = (await collect(body)).toString("latin1");
		entries.push({ ...entry, data, xattrs: Object.fromEntries(named) });
	}
	return entries;
}
