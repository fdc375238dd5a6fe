import { type Content, contentBytes } from "../../ground/bytes/index.js";
import {
	isJsonObject,
	JsonError,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { CatalogueFault } from "./errors.js";
import { MANIFEST_LIMIT } from "./limits.js";

/** Reads a JSON object. @throws CatalogueFault where the file is not one, or is too large. */
export function readJsonObject(content: Content): JsonObject {
	if (content.size > MANIFEST_LIMIT) {
		throw new CatalogueFault(`expected at most ${MANIFEST_LIMIT} bytes, got ${content.size}`);
	}
	return parseJsonObject(contentBytes(content));
}

/** Returns the JSON object of a document. @throws CatalogueFault where it is none. */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
	try {
		// JavaScript's readers take a byte order mark, and there are packages that have one.
		const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
		const value = parseJson(hasMark ? bytes.subarray(3) : bytes, "JSON");
		if (isJsonObject(value)) return value;
	} catch (error) {
		if (!(error instanceof JsonError)) throw error;
		throw new CatalogueFault(error.message, { cause: error });
	}
	throw new CatalogueFault("expected a JSON object");
}

/** Returns a member that is a string; empty where it is none. */
export function textMember(object: JsonObject, name: string): string {
	const value: JsonValue | undefined = object.get(name);
	return typeof value === "string" ? value : "";
}

/** Returns a member that is an object; an empty one where it is none. */
export function objectMember(object: JsonObject, name: string): JsonObject {
	const value = object.get(name);
	return isJsonObject(value) ? value : new Map();
}
