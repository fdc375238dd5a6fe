import { FileChanges, openFileContent, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { isJsonObject, type JsonObject } from "../../ground/json/index.js";
import { type Finding, lintState } from "../rules/index.js";
import { encodeState, objectReference, type State } from "../state/index.js";
import { type Checkout, NO_MESSAGE } from "./checkout-reader.js";
import { encodeDocument } from "./checkout-writer.js";
import { checkKeys } from "./keys.js";
import { storeObject } from "./object-store.js";
import { compareStates } from "./status.js";
import { readWorkingState } from "./working-state.js";

export interface CommitOptions {
	/** Message for `.pvr/commitmsg`. */
	readonly message?: string | undefined;
	/** Local time in RFC 3339 form for `checkpoint.json`, which is written only if this is given. */
	readonly checkpoint?: string | undefined;
}

/** The result of a commit. */
export interface CommitSummary {
	readonly added: readonly string[];
	readonly removed: readonly string[];
	readonly changed: readonly string[];
	/** What a device would refuse or misread in the state, as `verify` reports it. */
	readonly findings: readonly Finding[];
}

/**
 * Commits the state of the work tree (docs/formats/pvr.md#committing), every value exactly as in the file. The
 * state is replaced last.
 * @throws CheckoutError ERR_CHECKOUT_KEY; JsonError; ExportError. Nothing is changed then.
 */
export function commitCheckout(checkout: Checkout, options: CommitOptions = {}): CommitSummary {
	const { directory, state: committed } = checkout;
	const changes = new FileChanges(directory);
	try {
		const state = workingStateOf(checkout, options, changes);
		checkKeys(state);
		const summary = compareStates(committed, state);
		for (const key of [...summary.added, ...summary.changed]) {
			const sha256 = objectReference(state.get(key));
			if (sha256 !== undefined) storeFile(changes, checkout, sha256, placeBelow(directory, key));
		}
		changes.remove(".pvr/new");
		changes.write(".pvr/commitmsg", options.message || NO_MESSAGE);
		changes.write(".pvr/json", encodeState(state));
		changes.commit();
		return { ...summary, findings: lintState(state).filter(({ severity }) => severity !== "note") };
	} finally {
		changes.discard();
	}
}

function workingStateOf(checkout: Checkout, { checkpoint }: CommitOptions, changes: FileChanges): State {
	const { state } = readWorkingState(checkout);
	if (checkpoint === undefined) return state;
	const before = checkout.state.get("checkpoint.json");
	const document: JsonObject = new Map(isJsonObject(before) ? before : []).set("major", checkpoint);
	changes.write("checkpoint.json", encodeDocument(document));
	return new Map([...state, ["checkpoint.json", document]]);
}

function storeFile(changes: FileChanges, checkout: Checkout, sha256: string, path: string): void {
	const content = openFileContent(path);
	try {
		storeObject(changes, checkout, sha256, content);
	} finally {
		content.close();
	}
}

/** Returns the message of the last commit. @throws BytesError */
export function readCommitMessage(directory: string): string {
	const text = readFileIfPresent(placeBelow(directory, ".pvr/commitmsg"));
	return text === undefined ? NO_MESSAGE : Buffer.from(text).toString("utf8");
}
