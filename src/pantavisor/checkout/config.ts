import { encodeIndentedJson, isJsonObject, jsonObject, parseJson } from "../../ground/json/index.js";
import { CheckoutError } from "./errors.js";

/** Path of the objects when a checkout has a store of its own, relative to the checkout so that it can be moved. */
export const OWN_OBJECTS = ".pvr/objects";

/** Returns `.pvr/config` as pvr formats it (docs/formats/pvr.md#the-files-of-pvr). */
export function encodeCheckoutConfig(objectsDirectory: string): string {
	const config = jsonObject({
		DefaultGetUrl: "",
		DefaultPutUrl: "",
		DefaultPostUrl: "",
		ObjectsDir: objectsDirectory,
		AccessTokens: {},
		RefreshTokens: {},
	});
	return encodeIndentedJson(config, "\t");
}

/** Returns `ObjectsDir` of a `.pvr/config`, as written. @throws JsonError; CheckoutError ERR_CHECKOUT_CONFIG */
export function parseObjectsDirectory(text: Uint8Array, path: string): string {
	const config = parseJson(text, path);
	const directory = isJsonObject(config) ? (config.get("ObjectsDir") ?? OWN_OBJECTS) : undefined;
	if (typeof directory === "string") return directory || OWN_OBJECTS;
	throw new CheckoutError(
		"ERR_CHECKOUT_CONFIG",
		`${path}: ObjectsDir: expected a string in an object, got another value`,
	);
}
