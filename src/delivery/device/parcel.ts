import { join } from "node:path";
import type { Content } from "../../ground/bytes/index.js";
import { openFileContent, PendingFile, streamContent } from "../../ground/files/index.js";
import type { Upload } from "../../image/registry/index.js";
import { writeArchive } from "../../pantavisor/package/index.js";
import type { PushedPackage } from "./plan.js";

/** A package as it is sent: gzip'ed, as the importer takes nothing else from its standard input. */
export interface Parcel extends Upload {
	close(): void;
}

/**
 * Opens a package for sending. It is sent as it is where it is gzip'ed and the device has none of its objects;
 * otherwise packed again without them.
 *
 * @param leaveOut hashes of objects that the device has.
 * @param onSent called with the bytes that were handed to the connection so far.
 * @throws BytesError; ExportError
 */
export async function openParcel(
	pushed: PushedPackage,
	leaveOut: ReadonlySet<string>,
	temporaryDirectory: string,
	onSent: (sent: number, size: number) => void,
): Promise<Parcel> {
	const isWhole = ![...pushed.objects.keys()].some((sha256) => leaveOut.has(sha256));
	const file = openFileContent(pushed.path);
	if (isWhole && isGzip(file)) return parcelOf(file, onSent, () => file.close());
	file.close();
	const packed = PendingFile.create(join(temporaryDirectory, "push.tgz"), { mode: 0o600 });
	try {
		let size = 0;
		const write = (bytes: Uint8Array): void => {
			packed.write(bytes, size);
			size += bytes.length;
		};
		await writeArchive(pushed.state, pushed.objects, { write }, { leaveOut });
		const content = { size, read: (target: Uint8Array, position: number) => packed.read(target, position) };
		return parcelOf(content, onSent, () => packed.discard());
	} catch (error) {
		packed.discard();
		throw error;
	}
}

function isGzip(content: Content): boolean {
	if (content.size < 2) return false;
	const magic = new Uint8Array(2);
	content.read(magic, 0);
	return magic[0] === 0x1f && magic[1] === 0x8b;
}

function parcelOf(content: Content, onSent: (sent: number, size: number) => void, close: () => void): Parcel {
	return {
		size: content.size,
		async *chunks() {
			let sent = 0;
			for await (const chunk of streamContent(content)) {
				yield chunk;
				sent += chunk.length;
				onSent(sent, content.size);
			}
		},
		close,
	};
}
