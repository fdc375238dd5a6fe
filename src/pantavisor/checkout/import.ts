import { FileChanges } from "../../ground/files/index.js";
import { type ObjectSource, resolveObjects } from "../package/index.js";
import { encodeState, type State } from "../state/index.js";
import type { Checkout } from "./checkout-reader.js";
import { checkKeys } from "./keys.js";
import { storeObject } from "./object-store.js";

/**
 * Commits the state of a package, and stores its objects. The work tree stays unchanged
 * (docs/formats/pvr.md#importing). Names and hashes are checked first.
 * @throws CheckoutError ERR_CHECKOUT_KEY; ExportError ERR_OBJECT_MISSING, ERR_OBJECT_HASH. Nothing is changed then.
 */
export function importState(checkout: Checkout, state: State, objects: ObjectSource): void {
	checkKeys(state);
	const changes = new FileChanges(checkout.directory);
	try {
		for (const [sha256, content] of resolveObjects(state, objects)) {
			storeObject(changes, checkout, sha256, content);
		}
		changes.write(".pvr/json", encodeState(state));
		changes.commit();
	} finally {
		changes.discard();
	}
}
