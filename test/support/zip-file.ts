import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";

export interface ZipOptions {
	/** Stored, not deflated. */
	readonly stored?: boolean;
	readonly zip64?: boolean;
}

/** A zip of members by name. */
export async function zipFile(
	members: Readonly<Record<string, Uint8Array>>,
	options: ZipOptions = {},
): Promise<Buffer> {
	const settings = { useWebWorkers: false, zip64: options.zip64 ?? false, level: options.stored ? 0 : 6 };
	const writer = new ZipWriter(new Uint8ArrayWriter(), settings);
	for (const [name, bytes] of Object.entries(members)) await writer.add(name, new Uint8ArrayReader(bytes));
	return Buffer.from(await writer.close());
}
