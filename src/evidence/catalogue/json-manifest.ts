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

/** Reads a JSON object. @throws CatalogueFault if the file is not a JSON object, or is too large. */
export function readJsonObject(content: Content): JsonObject {
	if (content.size > MANIFEST_LIMIT) {
		throw new CatalogueFault(`expected at most ${MANIFEST_LIMIT} bytes, got ${content.size}`);
	}
	return parseJsonObject(contentBytes(content));
}

/** Parses a JSON object. @throws CatalogueFault if the document is not a JSON object. */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
	try {
		// JavaScript readers accept a byte order mark, and some packages have one.
		const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
		const value = parseJson(hasMark ? bytes.subarray(3) : bytes, "JSON");
		if (isJsonObject(value)) return value;
	} catch (error) {
		if (!(error instanceof JsonError)) throw error;
		throw new CatalogueFault(error.message, { cause: error });
	}
	throw new CatalogueFault("expected a JSON object");
}

/** Returns a string member; empty if it is not a string. */
export function textMember(object: JsonObject, name: string): string {
	const value: JsonValue | undefined = object.get(name);
	return typeof value === "string" ? value : "";
}

/** Returns an object member; empty if it is not an object. */
export function objectMember(object: JsonObject, name: string): JsonObject {
	const value = object.get(name);
	return isJsonObject(value) ? value : new Map();
}
