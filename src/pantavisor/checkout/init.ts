import { resolve } from "node:path";
import { FileChanges, listDirectory, placeBelow } from "../../ground/files/index.js";
import { emptyState, encodeState } from "../state/index.js";
import { encodeCheckoutConfig, OWN_OBJECTS } from "./config.js";
import { CheckoutError } from "./errors.js";

/** Files of `.pvr` that make a directory a checkout. */
const CHECKOUT_FILES: readonly string[] = ["json", "config"];

export interface InitOptions {
	/** The `#spec` of the state. */
	readonly spec?: string | undefined;
	/** Path of the object store. Default: in the checkout, so that it can be moved. */
	readonly objectsDirectory?: string | undefined;
}

/**
 * Makes a directory a checkout with an empty state.
 * @throws CheckoutError ERR_CHECKOUT_OCCUPIED when it is a checkout already.
 */
export function initCheckout(directory: string, { spec, objectsDirectory }: InitOptions = {}): void {
	const names = listDirectory(placeBelow(directory, ".pvr"));
	// A home directory may have a `.pvr` with settings.
	if (names.some((name) => CHECKOUT_FILES.includes(name))) {
		throw new CheckoutError("ERR_CHECKOUT_OCCUPIED", `${directory}: init: is already a checkout`);
	}
	const objects = objectsDirectory === undefined ? OWN_OBJECTS : resolve(objectsDirectory);
	const changes = new FileChanges(directory);
	// pvr does not make this directory when it needs it.
	changes.makeDirectory(objects);
	changes.write(".pvr/config", encodeCheckoutConfig(objects));
	changes.write(
		".pvr/json",
		encodeState(new Map([...emptyState(), ...(spec ? [["#spec", spec] as const] : [])])),
	);
	changes.commit();
}
