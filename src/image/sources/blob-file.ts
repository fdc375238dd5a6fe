import type { Content } from "../../ground/bytes/index.js";
import type { BlobFile } from "../oci/index.js";

/**
 * Returns a blob for a reader in another thread; undefined, and closed, if it does not lie in one piece in a file.
 * @param content of the whole blob.
 * @param close frees what was opened for this reader.
 */
export function blobFile(content: Content, isChecked: boolean, close: () => void): BlobFile | undefined {
	const place = content.place?.(0, content.size);
	if (typeof place?.file === "number") {
		const { file, position } = place;
		return { file, position, isChecked, close };
	}
	close();
	return undefined;
}
