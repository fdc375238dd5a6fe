import {
	compareCodePoints,
	encodeCanonicalJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
} from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import type { Checkout } from "./checkout-reader.js";
import { readWorkingState } from "./working-state.js";

/** Keys by how they changed since the last commit; each list is sorted. */
export interface CheckoutStatus {
	readonly added: readonly string[];
	readonly removed: readonly string[];
	readonly changed: readonly string[];
	readonly untracked: readonly string[];
}

/** Compares the work tree with the committed state. @throws JsonError; BytesError */
export function checkoutStatus(checkout: Checkout): CheckoutStatus {
	const { state, untracked } = readWorkingState(checkout);
	return { ...compareStates(checkout.state, state), untracked };
}

/** Compares states by their values, however they are written. */
export function compareStates(from: State, to: State): Omit<CheckoutStatus, "untracked"> {
	const keys = [...to.keys()].sort(compareCodePoints);
	return {
		added: keys.filter((key) => !from.has(key)),
		removed: [...from.keys()].filter((key) => !to.has(key)).sort(compareCodePoints),
		changed: keys.filter((key) => from.has(key) && !isEqual(from.get(key)!, to.get(key)!)),
	};
}

/**
 * Returns the difference of two states as a JSON merge patch (RFC 7396), as `pvr diff` prints it, with null for
 * removed values. It is meant for reading, as a null in the state looks the same.
 */
export function stateDifference(from: State, to: State): JsonObject {
	const patch: JsonObject = new Map();
	const { added, removed, changed } = compareStates(from, to);
	for (const key of [...added, ...removed, ...changed].sort(compareCodePoints)) {
		const [before, after] = [from.get(key), to.get(key)];
		patch.set(key, after === undefined ? null : difference(before, after));
	}
	return patch;
}

function difference(before: JsonValue | undefined, after: JsonValue): JsonValue {
	return isJsonObject(before) && isJsonObject(after) ? stateDifference(before, after) : after;
}

function isEqual(a: JsonValue, b: JsonValue): boolean {
	return encodeCanonicalJson(a) === encodeCanonicalJson(b);
}
