import { BytesError } from "../../ground/bytes/index.js";
import { FileChanges, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { encodeCanonicalJson, parseJson } from "../../ground/json/index.js";
import { encodeState, type State } from "../state/index.js";
import type { Checkout } from "./checkout-reader.js";

/**
 * Writes signatures of a signed state into the work tree (docs/formats/pvr.md#the-file-of-a-signature).
 * @param keys the signatures to write, such as `_sigs/web.json`.
 * @param commit whether to commit them too, so that `add` and `commit` need not.
 */
export function writeSignatures(
	{ directory, state }: Checkout,
	signed: State,
	keys: readonly string[],
	{ commit = false }: { readonly commit?: boolean } = {},
): void {
	const changes = new FileChanges(directory);
	try {
		for (const key of keys) changes.write(key, encodeCanonicalJson(signed.get(key)!));
		const signatures = keys.map((key) => [key, signed.get(key)!] as const);
		if (commit) changes.write(".pvr/json", encodeState(new Map([...state, ...signatures])));
		changes.commit();
	} finally {
		changes.discard();
	}
}

/** Returns the committed state with the signatures of the work tree, as pvr reads them. @throws BytesError */
export function withWorkingSignatures({ directory, state }: Checkout, keys: readonly string[]): State {
	const read = keys.map((key) => {
		const path = placeBelow(directory, key);
		const text = readFileIfPresent(path);
		if (text === undefined)
			throw new BytesError("ERR_FILE_NOT_FOUND", `${path}: read signature: does not exist`);
		return [key, parseJson(text, path)] as const;
	});
	return new Map([...state, ...read]);
}
