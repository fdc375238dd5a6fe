import { isJsonObject, type JsonObject, parseJson } from "../../ground/json/index.js";
import { ReleaseError } from "./errors.js";

/** `pvpkg.json` of a container-ci project. */
export interface Project {
	readonly name?: string | undefined;
	readonly version?: string | undefined;
	/** The whole document, for the package. */
	readonly document: JsonObject;
}

/**
 * Reads a `pvpkg.json`.
 * @throws JsonError with line and column; ReleaseError ERR_RELEASE_PROJECT naming the member.
 */
export function parseProject(text: string | Uint8Array, path: string): Project {
	const document = parseJson(text, path);
	if (!isJsonObject(document)) {
		throw new ReleaseError("ERR_RELEASE_PROJECT", `${path}: read: expected an object`);
	}
	return {
		name: textMember(document, "name", path),
		version: textMember(document, "version", path),
		document,
	};
}

function textMember(document: JsonObject, name: string, path: string): string | undefined {
	const value = document.get(name);
	if (value === undefined || (typeof value === "string" && value !== "")) return value;
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${path}: ${name}: expected a string that is not empty`);
}
