import { join } from "node:path";
import type { Content } from "../../ground/bytes/index.js";
import { PendingFile, streamContent } from "../../ground/files/index.js";
import type { Upload } from "../../image/registry/index.js";
import { writeArchive } from "../../pantavisor/package/index.js";
import type { PushedPackage } from "./plan.js";

/** A package as it is sent: gzip'ed, as the importer takes nothing else from its standard input. */
export interface Parcel extends Upload {
	close(): void;
}

/**
 * Packs what was read of a package again, for sending: so that what was verified is what is sent, in the form that
 * the importer reads, and without the objects that the device has. Every object is hashed on its way.
 *
 * @param leaveOut hashes of objects that the device has.
 * @param onSent called with the bytes that were handed to the connection so far.
 * @throws BytesError; ExportError ERR_OBJECT_MISSING, ERR_OBJECT_HASH, ERR_OBJECT_SIZE.
 */
export async function openParcel(
	pushed: PushedPackage,
	leaveOut: ReadonlySet<string>,
	temporaryDirectory: string,
	onSent: (sent: number, size: number) => void,
): Promise<Parcel> {
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
