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
	/** Writes documents canonically instead of with four spaces. */
	readonly canonical?: boolean | undefined;
	/** Gives objects a second name instead of a copy, and makes them read-only; implies `canonical`. */
	readonly hardlink?: boolean | undefined;
}

/**
 * Puts every committed file into the work tree (docs/formats/pvr.md#restoring-files), objects checked by
 * their hash; forgets what was added. Other files stay.
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
		// What gets a second name is hashed when it has it.
		if (!hardlink) expectDigest(`object ${sha256}: check out`, sha256, contentSha256(content));
	}
}

/** Whether there was anything to write. */
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

/** Whether a file exists with these bytes. */
function holds(path: string, sha256: string): boolean {
	try {
		return fileSha256(path) === sha256;
	} catch {
		return false;
	}
}
