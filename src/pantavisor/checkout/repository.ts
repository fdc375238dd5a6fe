import { basename, dirname, join, resolve } from "node:path";
import { placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import type { ObjectSource } from "../package/index.js";
import { parseState, type State } from "../state/index.js";
import { type CheckoutReadOptions, ObjectDirectory, readCheckout } from "./checkout-reader.js";
import { CheckoutError } from "./errors.js";

/** A state with its objects, opened for reading. */
export interface OpenedRepository {
	readonly state: State;
	/** Objects by the digest in their names; the bytes are not checked. */
	readonly objects: ObjectSource;
	close(): void;
}

/**
 * Opens a directory that pvr accepts as a repository: a checkout, its `.pvr`, or an unpacked export with `json` and
 * `objects/`.
 * @throws CheckoutError ERR_CHECKOUT_NOT_FOUND; what `readCheckout` throws.
 */
export function openRepository(directory: string, options: CheckoutReadOptions = {}): OpenedRepository {
	if (readFileIfPresent(placeBelow(directory, ".pvr/json")) !== undefined)
		return readCheckout(directory, options);
	const path = placeBelow(directory, "json");
	const text = readFileIfPresent(path);
	if (text === undefined) {
		const reason = "expected .pvr/json, or json of an unpacked export, got none";
		throw new CheckoutError("ERR_CHECKOUT_NOT_FOUND", `${directory}: open repository: ${reason}`);
	}
	const whole = resolve(directory);
	if (basename(whole) === ".pvr") return readCheckout(dirname(whole), options);
	const objects = new ObjectDirectory(join(whole, "objects"));
	return { state: parseState(text, path), objects, close: () => objects.close() };
}
