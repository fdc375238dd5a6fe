import { isJsonObject, type JsonObject } from "../../ground/json/index.js";

/** Returns a member that is a string; empty where it is none. */
export function textOf(object: JsonObject, name: string): string {
	const value = object.get(name);
	return typeof value === "string" ? value : "";
}

/** Returns a member that is an object; undefined where it is none. */
export function objectOf(object: JsonObject, name: string): JsonObject | undefined {
	const value = object.get(name);
	return isJsonObject(value) ? value : undefined;
}

/** Returns the objects of a member that is a list; none where it is not a list. */
export function objectsOf(object: JsonObject, name: string): JsonObject[] {
	const value = object.get(name);
	return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
