import { DirectoryWriter, listDirectory, placeBelow } from "../../ground/files/index.js";
import {
	encodeCanonicalJson,
	encodeIndentedJson,
	type JsonValue,
	sortJson,
} from "../../ground/json/index.js";
import { expectDigest, type ObjectSource, resolveObjects } from "../package/index.js";
import { encodeState, objectReference, type State } from "../state/index.js";
import { NO_MESSAGE, readCheckout } from "./checkout-reader.js";
import { encodeCheckoutConfig, OWN_OBJECTS } from "./config.js";
import { CheckoutError } from "./errors.js";
import { checkDistinctFiles, checkKeys } from "./keys.js";
import { checkoutStatus } from "./status.js";

export interface CheckoutOptions {
	/** Whether documents are written in canonical form, not with an indent of four spaces. */
	readonly canonical?: boolean | undefined;
	/** Content of `.pvr/commitmsg`. */
	readonly message?: string | undefined;
	/** Whether to replace a checkout even if it has files that were never committed. */
	readonly force?: boolean | undefined;
}

/**
 * Writes a state as a pvr checkout that keeps its own objects (docs/formats/pvr.md#the-files-of-pvr). The directory
 * is made or replaced as a whole. One that is not a checkout, or has uncommitted files, is refused.
 *
 * @throws ExportError ERR_OBJECT_MISSING, ERR_OBJECT_HASH; CheckoutError; BytesError. Nothing is changed then.
 */
export function writeCheckout(
	directory: string,
	state: State,
	objects: ObjectSource,
	options: CheckoutOptions = {},
): void {
	const checkout = prepareCheckout(directory, state, objects, options);
	try {
		checkout.commit();
	} finally {
		checkout.discard();
	}
}

/** Does what `writeCheckout` does, except giving the directory its name, so that other files can be added. */
export function prepareCheckout(
	directory: string,
	state: State,
	objects: ObjectSource,
	options: CheckoutOptions = {},
): DirectoryWriter {
	checkKeys(state);
	checkDistinctFiles(state.keys(), directory);
	checkPlace(directory, options);
	const found = resolveObjects(state, objects);
	const writer = DirectoryWriter.create(directory);
	try {
		for (const [sha256, content] of found) {
			expectDigest(
				`object ${sha256}: write checkout`,
				sha256,
				writer.writeContent(`${OWN_OBJECTS}/${sha256}`, content),
			);
		}
		for (const [key, value] of state) writeEntry(writer, key, value, options);
		writer.writeFile(".pvr/config", encodeCheckoutConfig(OWN_OBJECTS));
		writer.writeFile(".pvr/commitmsg", options.message ?? NO_MESSAGE);
		writer.writeFile(".pvr/json", encodeState(state));
		return writer;
	} catch (error) {
		writer.discard();
		throw error;
	}
}

/** Names in a `.pvr` that holds settings, keys among them, as a home directory may have one. */
const SETTINGS: readonly string[] = ["pvs", "auth.json", "config.json", "cache.key"];

function checkPlace(directory: string, { force = false }: CheckoutOptions): void {
	if (listDirectory(directory).length === 0) return;
	const names = listDirectory(placeBelow(directory, ".pvr"));
	if (!names.includes("json") || SETTINGS.some((name) => names.includes(name))) {
		throw occupied(directory, "expected a new directory, an empty one or a checkout, got another one");
	}
	if (force) return;
	const checkout = readCheckout(directory);
	try {
		const { added, changed, untracked } = checkoutStatus(checkout);
		const [first, ...others] = [...added, ...changed, ...untracked];
		if (first === undefined) return;
		const more = others.length > 0 ? ` and ${others.length} more` : "";
		throw occupied(
			directory,
			`would lose changes that are not committed: ${first}${more} (--force replaces it)`,
		);
	} finally {
		checkout.close();
	}
}

function occupied(directory: string, reason: string): CheckoutError {
	return new CheckoutError("ERR_CHECKOUT_OCCUPIED", `${directory}: write checkout: ${reason}`);
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

/** Formats a document for a working directory: four spaces a level, sorted. */
export function encodeDocument(value: JsonValue): string {
	return encodeIndentedJson(sortJson(value), "    ");
}
