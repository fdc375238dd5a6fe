import { BytesError } from "../../ground/bytes/index.js";
import { FileChanges, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { encodeCanonicalJson, parseJson } from "../../ground/json/index.js";
import { encodeState, type State } from "../state/index.js";
import type { Checkout } from "./checkout-reader.js";

/**
 * Writes signatures of a signed state into the work tree (docs/formats/pvr.md#the-file-of-a-signature).
 * @param keys which: `_sigs/web.json`.
 * @param commit also makes them part of the committed state; else `add` and `commit` do.
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

/** The committed state with signatures as the work tree has them, as pvr reads them. @throws BytesError */
export function withWorkingSignatures({ directory, state }: Checkout, keys: readonly string[]): State {
	const read = keys.map((key) => {
		const path = placeBelow(directory, key);
		const text = readFileIfPresent(path);
		if (text === undefined)
			throw new BytesError("ERR_FILE_NOT_FOUND", `${path}: read signature: is not there`);
		return [key, parseJson(text, path)] as const;
	});
	return new Map([...state, ...read]);
}
