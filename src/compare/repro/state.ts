import { encodeCanonicalJson, isJsonObject, type JsonValue } from "../../ground/json/index.js";
import { objectReference, type State } from "../../pantavisor/state/index.js";
import { type Difference, difference } from "./difference.js";

/**
 * Yields the differences of the documents of two states, by the path of each value. Objects are compared
 * elsewhere. Signatures come last, as a random one differs every time.
 */
export function* compareStates(a: State, b: State): Generator<Difference> {
	const keys = [...new Set([...a.keys(), ...b.keys()])].sort();
	const isSignature = (key: string): boolean => key.startsWith("_sigs/");
	for (const key of keys.filter((name) => !isSignature(name))) yield* compareKey(key, a.get(key), b.get(key));
	for (const key of keys.filter(isSignature)) yield* compareSignature(key, a.get(key), b.get(key));
}

function* compareKey(key: string, a: JsonValue | undefined, b: JsonValue | undefined): Generator<Difference> {
	if (a === undefined || b === undefined) {
		yield difference("state", key, a === undefined ? "is only in the second" : "is only in the first");
	} else if (objectReference(a) === undefined || objectReference(b) === undefined) {
		yield* compareValues(key, "", a, b);
	}
}

function* compareValues(key: string, path: string, a: JsonValue, b: JsonValue): Generator<Difference> {
	if (isJsonObject(a) && isJsonObject(b)) {
		for (const name of new Set([...a.keys(), ...b.keys()])) {
			const place = path === "" ? name : `${path}.${name}`;
			const [x, y] = [a.get(name), b.get(name)];
			if (x !== undefined && y !== undefined) yield* compareValues(key, place, x, y);
			else yield difference("state", key, `${place} is only in the ${x === undefined ? "second" : "first"}`);
		}
	} else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
		for (const [i, value] of a.entries()) yield* compareValues(key, `${path}[${i}]`, value, b[i]!);
	} else {
		const [x, y] = [encodeCanonicalJson(a), encodeCanonicalJson(b)];
		if (x !== y) yield difference("state", key, path, x, y);
	}
}

/** Compares the protected header and the signature of a JSON web signature. Its payload is in the state. */
function* compareSignature(
	key: string,
	a: JsonValue | undefined,
	b: JsonValue | undefined,
): Generator<Difference> {
	if (a === undefined || b === undefined) {
		yield difference("signature", key, `is only in the ${a === undefined ? "second" : "first"}`);
		return;
	}
	if (encodeCanonicalJson(a) === encodeCanonicalJson(b)) return;
	const header = (value: JsonValue): JsonValue | undefined =>
		isJsonObject(value) ? value.get("protected") : undefined;
	const sameHeader = encodeCanonicalJson(header(a) ?? null) === encodeCanonicalJson(header(b) ?? null);
	yield difference(
		"signature",
		key,
		sameHeader ? "the signatures differ, and their headers are the same" : "the protected headers differ",
	);
}
