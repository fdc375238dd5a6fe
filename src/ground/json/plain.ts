import { JsonNumber, type JsonObject, type JsonValue } from "./value.js";

/** What `jsonValue` accepts: plain JavaScript data, with JsonValues anywhere inside. */
export type PlainJson =
	| JsonValue
	| number
	| readonly PlainJson[]
	| { readonly [name: string]: PlainJson | undefined };

/** Returns plain data as a JSON value, without members that are undefined. */
export function jsonValue(plain: PlainJson): JsonValue {
	if (typeof plain === "number") return new JsonNumber(plain);
	if (typeof plain !== "object" || plain === null) return plain;
	if (plain instanceof JsonNumber || plain instanceof Map) return plain;
	if (Array.isArray(plain)) return plain.map(jsonValue);
	return jsonObject(plain as { readonly [name: string]: PlainJson | undefined });
}

/** Returns a plain object as a JSON object, without members that are undefined. */
export function jsonObject(plain: { readonly [name: string]: PlainJson | undefined }): JsonObject {
	const members = Object.entries(plain).filter(([, member]) => member !== undefined);
	return new Map(members.map(([name, member]) => [name, jsonValue(member!)]));
}

/** Returns what `JSON.parse` would: for schemas and printing, where doubles are exact enough. */
export function plainJson(value: JsonObject): { readonly [name: string]: unknown };
export function plainJson(value: JsonValue): unknown;
export function plainJson(value: JsonValue): unknown {
	if (value instanceof JsonNumber) return Number(value.literal);
	if (Array.isArray(value)) return value.map(plainJson);
	if (!(value instanceof Map)) return value;
	return Object.fromEntries([...value].map(([name, member]) => [name, plainJson(member)]));
}
