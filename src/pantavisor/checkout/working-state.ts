import { BytesError, contentSha256 } from "../../ground/bytes/index.js";
import { listFilesBelow, openFileContent, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { compareCodePoints, type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import { objectReference, STATE_SPEC, type State } from "../state/index.js";
import type { Checkout } from "./checkout-reader.js";

/** Names at the top of a checkout that are not files of the state. */
const OWN_NAMES: readonly string[] = [".pvr", ".pv"];

/** The state that a commit would make. */
export interface WorkingState {
	readonly state: State;
	/** Files that are neither committed nor added, sorted. */
	readonly untracked: readonly string[];
}

/** Returns the keys of all files in the work tree, sorted. Only paths with a component `.pvr` or `.pv` are left out. */
export function listWorkingFiles(directory: string): string[] {
	return listFilesBelow(directory, OWN_NAMES).sort(compareCodePoints);
}

/**
 * Returns the state of the work tree (docs/formats/pvr.md#the-working-state): committed and added files with their
 * present content, documents inline as a whole.
 * @throws JsonError for a `.json` file that is not JSON; BytesError
 */
export function readWorkingState(checkout: Checkout): WorkingState {
	const { directory, state: committed, added } = checkout;
	const state: JsonObject = new Map([["#spec", committed.get("#spec") ?? STATE_SPEC]]);
	const untracked: string[] = [];
	for (const key of listWorkingFiles(directory)) {
		if (committed.has(key) || added.has(key)) state.set(key, readValue(checkout, key));
		else untracked.push(key);
	}
	return { state, untracked };
}

/** Returns a document, or the digest of an object. A file that was committed as an object stays one. */
function readValue(checkout: Checkout, key: string): JsonValue {
	const { directory, state: committed, added } = checkout;
	const path = placeBelow(directory, key);
	if (!isInline(key, committed, added.get(key)?.raw ?? false)) return fileSha256(path);
	const text = readFileIfPresent(path);
	if (text === undefined) throw new BytesError("ERR_FILE_NOT_FOUND", `${path}: read: it is gone`);
	return parseJson(text, path);
}

function isInline(key: string, committed: State, raw: boolean): boolean {
	return key.endsWith(".json") && !raw && objectReference(committed.get(key)) === undefined;
}

/** Returns the lower-case hex SHA-256 of a file. @throws BytesError */
export function fileSha256(path: string): string {
	const content = openFileContent(path);
	try {
		return contentSha256(content);
	} finally {
		content.close();
	}
}
