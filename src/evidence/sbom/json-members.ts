import { isJsonObject, type JsonObject } from "../../ground/json/index.js";

/** Returns a string member; empty if it is not a string. */
export function textOf(object: JsonObject, name: string): string {
	const value = object.get(name);
	return typeof value === "string" ? value : "";
}

/** Returns an object member; undefined if it is not an object. */
export function objectOf(object: JsonObject, name: string): JsonObject | undefined {
	const value = object.get(name);
	return isJsonObject(value) ? value : undefined;
}

/** Returns the objects in a list member; empty if it is not a list. */
export function objectsOf(object: JsonObject, name: string): JsonObject[] {
	const value = object.get(name);
	return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
