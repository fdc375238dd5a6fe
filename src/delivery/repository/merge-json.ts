import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import type { State } from "../../pantavisor/state/index.js";

/**
 * Returns a state with another one merged into it, as `pvr merge` does: documents member by member, where a
 * null removes (RFC 7396); everything else takes the place of what was there. What was not there comes in as
 * it is, nulls included.
 */
export function mergeStates(state: State, incoming: State): State {
	return mergeObjects(new Map(state), new Map(incoming));
}

function mergeObjects(target: JsonObject, patch: JsonObject): JsonObject {
	const merged = new Map(target);
	for (const [name, value] of patch) {
		if (value === null && target.has(name)) merged.delete(name);
		else merged.set(name, mergeValues(target.get(name), value));
	}
	return merged;
}

function mergeValues(target: JsonValue | undefined, patch: JsonValue): JsonValue {
	return isJsonObject(target) && isJsonObject(patch) ? mergeObjects(target, patch) : patch;
}
