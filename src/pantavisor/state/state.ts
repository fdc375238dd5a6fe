import {
	encodeCanonicalJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { PantavisorError } from "./errors.js";

/** The `#spec` of every state. */
export const STATE_SPEC = "pantavisor-service-system@1";

/**
 * What a device runs: by path, the document itself (`.json` files) or the lower-case hex SHA-256 of an object; and
 * `#spec`.
 */
export type State = ReadonlyMap<string, JsonValue>;

/** Returns a state without files. */
export function emptyState(): State {
	return new Map([["#spec", STATE_SPEC]]);
}

/**
 * Parses a state. A duplicate key is refused, as devices would deploy another value than the one that is checked
 * here.
 * @throws JsonError, or PantavisorError ERR_STATE when the document is not an object.
 */
export function parseState(text: string | Uint8Array, subject: string): State {
	return stateOf(parseJson(text, subject, { uniqueMembers: true }), subject);
}

/**
 * Parses the state that a device runs. The last of duplicate keys counts, as for the device: its importer leaves
 * such states behind, and they must be readable to be repaired.
 * @throws JsonError, or PantavisorError ERR_STATE when the document is not an object.
 */
export function parseRunningState(text: string | Uint8Array, subject: string): State {
	return stateOf(parseJson(text, subject), subject);
}

function stateOf(value: JsonValue, subject: string): State {
	if (!isJsonObject(value)) {
		throw new PantavisorError(
			"ERR_STATE",
			`${subject}: read state: expected a JSON object, got another value`,
		);
	}
	return value;
}

/** Returns the canonical JSON of a state, as in `.pvr/json`, in a package's `json`, and under signatures. */
export function encodeState(state: State): string {
	return encodeCanonicalJson(state as JsonObject);
}

/** Returns the digest of the object that a value stands for; undefined for a document. */
export function objectReference(value: JsonValue | undefined): string | undefined {
	return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}

/** Returns the digests of all objects of a state, each once, sorted. */
export function stateObjects(state: State): string[] {
	const hashes = [...state.values()].map(objectReference).filter((hash) => hash !== undefined);
	return [...new Set(hashes)].sort();
}

/** Returns a state of the keys at or below `parts`, and `#spec` (`pvr export --parts`, 7.2). */
export function selectParts(state: State, parts: readonly string[]): State {
	return new Map([...state].filter(([key]) => key === "#spec" || parts.some((part) => isBelow(key, part))));
}

/** Returns whether a key is `part` or below it; `web` does not cover `webfoo/…`. */
function isBelow(key: string, part: string): boolean {
	return key === part || key.startsWith(part.endsWith("/") ? part : `${part}/`);
}

/** Returns the part that a key belongs to: `web` for `web/run.json`, `_config/web/etc/x` and `_sigs/web.json`. */
export function partOfKey(key: string): string {
	const [first, second = ""] = key.split("/", 2);
	if (second === "" || (first !== "_config" && first !== "_sigs")) return first!;
	return first === "_sigs" ? second.replace(/\.json$/, "") : second;
}

/** Returns a state without a container: without its directory, its `_config` and its signature. */
export function removePart(state: State, name: string): State {
	const own = [name, `_config/${name}`, `_sigs/${name}.json`];
	return new Map([...state].filter(([key]) => !own.some((part) => isBelow(key, part))));
}
