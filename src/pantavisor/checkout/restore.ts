import { join } from "node:path";
import { contentSha256 } from "../../ground/bytes/index.js";
import { FileChanges, isDirectory, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { encodeCanonicalJson, type JsonValue } from "../../ground/json/index.js";
import { expectDigest, resolveObjects } from "../package/index.js";
import { objectReference } from "../state/index.js";
import type { Checkout } from "./checkout-reader.js";
import { encodeDocument } from "./checkout-writer.js";
import { CheckoutError } from "./errors.js";
import { checkDistinctFiles, checkKeys } from "./keys.js";
import { fileSha256 } from "./working-state.js";

export interface RestoreOptions {
	/** Whether documents are written in canonical form, not with an indent of four spaces. */
	readonly canonical?: boolean | undefined;
	/** Whether objects are hard links to those of the store, made read-only, not copies. Implies `canonical`. */
	readonly hardlink?: boolean | undefined;
}

/**
 * Writes every committed file into the work tree (docs/formats/pvr.md#restoring-files), checks objects by their
 * digest, and discards the list of added files. Other files stay.
 * @returns the keys that were written.
 * @throws ExportError ERR_OBJECT_MISSING, ERR_OBJECT_HASH; CheckoutError. Nothing is changed then.
 */
export function restoreCheckout(checkout: Checkout, options: RestoreOptions = {}): string[] {
	const { directory, state } = checkout;
	checkKeys(state);
	checkDistinctFiles(state.keys(), directory);
	checkObjects(checkout, options);
	const changes = new FileChanges(directory);
	const written: string[] = [];
	try {
		for (const [key, value] of state) {
			if (key !== "#spec" && restoreFile(changes, checkout, key, value, options)) written.push(key);
		}
		changes.remove(".pvr/new");
		changes.commit();
		return written;
	} finally {
		changes.discard();
	}
}

function checkObjects({ state, objects }: Checkout, { hardlink = false }: RestoreOptions): void {
	for (const [sha256, content] of resolveObjects(state, objects)) {
		// A hard link is hashed when it has been made.
		if (!hardlink) expectDigest(`object ${sha256}: check out`, sha256, contentSha256(content));
	}
}

/** Writes a file if needed, and returns whether it was. */
function restoreFile(
	changes: FileChanges,
	{ directory, objects, objectsDirectory }: Checkout,
	key: string,
	value: JsonValue,
	{ hardlink = false, canonical = hardlink }: RestoreOptions,
): boolean {
	const path = placeBelow(directory, key);
	if (isDirectory(path)) {
		throw new CheckoutError("ERR_CHECKOUT_OCCUPIED", `${path}: check out: is a directory, expected a file`);
	}
	const sha256 = objectReference(value);
	if (sha256 === undefined) {
		const text = canonical ? encodeCanonicalJson(value) : encodeDocument(value);
		if (Buffer.from(readFileIfPresent(path) ?? []).toString("utf8") === text) return false;
		changes.write(key, text);
	} else if (hardlink) {
		expectDigest(`object ${sha256}: check out`, sha256, changes.link(key, join(objectsDirectory, sha256)));
	} else if (holds(path, sha256)) return false;
	else expectDigest(`object ${sha256}: check out`, sha256, changes.writeContent(key, objects.get(sha256)!));
	return true;
}

/** Returns whether a file exists with these bytes. */
function holds(path: string, sha256: string): boolean {
	try {
		return fileSha256(path) === sha256;
	} catch {
		return false;
	}
}
