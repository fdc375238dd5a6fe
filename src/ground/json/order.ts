import { isJsonObject, type JsonObject, type JsonValue } from "./value.js";

/**
 * Orders text by code point, which is the byte order of its UTF-8. The built-in order of
 * UTF-16 units puts astral characters before U+E000..U+FFFF.
 */
export function compareCodePoints(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) {
		const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
		if (difference !== 0) return difference;
	}
	return a.length - b.length;
}

/** Moves surrogates after all other units. */
function rank(unit: number): number {
	if (unit < 0xd800) return unit;
	return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Returns a value with the members of every object in code point order. */
export function sortJson(value: JsonValue): JsonValue {
	if (Array.isArray(value)) return value.map(sortJson);
	if (!isJsonObject(value)) return value;
	return new Map(sortedMembers(value).map(([name, member]) => [name, sortJson(member)]));
}

export function sortedMembers(object: JsonObject): [string, JsonValue][] {
	return [...object].sort(([a], [b]) => compareCodePoints(a, b));
}
