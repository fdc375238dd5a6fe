import { join } from "node:path";
import { contentSha256, DirectoryWriter, isDirectory, listDirectory } from "../bytes/index.js";
import { ExportError, type ObjectSource, resolveObjects } from "../export/index.js";
import { encodeCanonicalJson, encodeIndentedJson, type JsonValue, sortJson } from "../json/index.js";
import { encodeState, objectReference, type State } from "../pantavisor/index.js";
import { NO_MESSAGE } from "./checkout-reader.js";
import { encodeCheckoutConfig, OWN_OBJECTS } from "./config.js";
import { CheckoutError } from "./errors.js";
import { checkKeys } from "./keys.js";

export interface CheckoutOptions {
	/** Writes documents canonically instead of with four spaces. */
	readonly canonical?: boolean | undefined;
	/** What `.pvr/commitmsg` says. */
	readonly message?: string | undefined;
	/** Adds what is not of the state, before the directory appears. */
	readonly complete?: ((writer: DirectoryWriter) => void) | undefined;
}

/**
 * Writes a state as a pvr checkout that keeps its own objects (spec/pvr-behaviour.md 6.1 and
 * 6.6). The directory appears, or is replaced, as a whole; one that is no checkout is refused.
 *
 * @throws ExportError ERR_OBJECT_MISSING, ERR_OBJECT_HASH; CheckoutError; BytesError. Nothing is changed then.
 */
export function writeCheckout(
	directory: string,
	state: State,
	objects: ObjectSource,
	options: CheckoutOptions = {},
): void {
	checkKeys(state);
	if (listDirectory(directory).length > 0 && !isDirectory(join(directory, ".pvr"))) {
		const reason = "expected no such directory, an empty one or a checkout, got another";
		throw new CheckoutError("ERR_CHECKOUT_OCCUPIED", `${directory}: write checkout: ${reason}`);
	}
	const found = resolveObjects(state, objects);
	const writer = DirectoryWriter.create(directory);
	try {
		for (const [sha256, content] of found) {
			const got = contentSha256(content);
			if (got !== sha256) {
				throw new ExportError(
					"ERR_OBJECT_HASH",
					`object ${sha256}: write checkout: expected that sha256, got ${got}`,
				);
			}
			writer.writeContent(`${OWN_OBJECTS}/${sha256}`, content);
		}
		for (const [key, value] of state) writeEntry(writer, key, value, options);
		writer.writeFile(".pvr/config", encodeCheckoutConfig(OWN_OBJECTS));
		writer.writeFile(".pvr/commitmsg", options.message ?? NO_MESSAGE);
		writer.writeFile(".pvr/json", encodeState(state));
		options.complete?.(writer);
		writer.commit();
	} finally {
		writer.discard();
	}
}

function writeEntry(
	writer: DirectoryWriter,
	key: string,
	value: JsonValue,
	{ canonical = false }: CheckoutOptions,
): void {
	const sha256 = objectReference(value);
	if (key === "#spec") return;
	if (sha256 !== undefined) writer.copyFile(`${OWN_OBJECTS}/${sha256}`, key);
	else writer.writeFile(key, canonical ? encodeCanonicalJson(value) : encodeDocument(value));
}

/** A document in a working directory: four spaces a level, sorted. */
export function encodeDocument(value: JsonValue): string {
	return encodeIndentedJson(sortJson(value), "    ");
}
