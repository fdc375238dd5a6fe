import { join } from "node:path";
import { type Content, contentSha256 } from "../../ground/bytes/index.js";
import type { FileChanges } from "../../ground/files/index.js";
import { expectDigest, type ObjectSource } from "../package/index.js";

/** Returns whether a store has an object with the right bytes. */
function hasSound(objects: ObjectSource, sha256: string): boolean {
	const stored = objects.get(sha256);
	return stored !== undefined && contentSha256(stored) === sha256;
}

/**
 * Puts an object into the store of a checkout unless it already has it with the right bytes. The changes must not
 * be committed after an error.
 * @throws ExportError ERR_OBJECT_HASH when the content has another digest.
 */
export function storeObject(
	changes: FileChanges,
	{ objects, objectsDirectory }: { readonly objects: ObjectSource; readonly objectsDirectory: string },
	sha256: string,
	content: Content,
): void {
	if (hasSound(objects, sha256)) return;
	expectDigest(
		`object ${sha256}: store`,
		sha256,
		changes.writeContent(join(objectsDirectory, sha256), content),
	);
}
