import { resolve } from "node:path";
import { FileChanges, listDirectory } from "../../ground/files/index.js";
import { emptyState, encodeState } from "../state/index.js";
import { encodeCheckoutConfig, OWN_OBJECTS } from "./config.js";
import { CheckoutError } from "./errors.js";

export interface InitOptions {
	/** `#spec` of the state. */
	readonly spec?: string | undefined;
	/** Where objects are kept. Default: in the checkout, so that it can be moved. */
	readonly objectsDirectory?: string | undefined;
}

/**
 * Makes a directory a checkout of an empty state.
 * @throws CheckoutError ERR_CHECKOUT_OCCUPIED when it is one already (quirk 26).
 */
export function initCheckout(directory: string, { spec, objectsDirectory }: InitOptions = {}): void {
	if (listDirectory(directory).includes(".pvr")) {
		throw new CheckoutError("ERR_CHECKOUT_OCCUPIED", `${directory}: init: is a checkout already`);
	}
	const objects = objectsDirectory === undefined ? OWN_OBJECTS : resolve(objectsDirectory);
	const changes = new FileChanges(directory);
	// pvr does not make it when it needs it.
	changes.makeDirectory(objects);
	changes.write(".pvr/config", encodeCheckoutConfig(objects));
	changes.write(
		".pvr/json",
		encodeState(new Map([...emptyState(), ...(spec ? [["#spec", spec] as const] : [])])),
	);
	changes.commit();
}
