import { isJsonObject, type JsonObject, parseJson } from "../../ground/json/index.js";
import { ReleaseError } from "./errors.js";

/** `pvpkg.json` of a container-ci project. */
export interface Project {
	readonly name?: string | undefined;
	readonly version?: string | undefined;
	/** Platforms for which `install` records an image, such as linux/arm/v7. They are not checked here. */
	readonly platforms?: readonly string[] | undefined;
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
		platforms: textsMember(document, "platforms", path),
		document,
	};
}

function textsMember(document: JsonObject, name: string, path: string): readonly string[] | undefined {
	const value = document.get(name);
	if (value === undefined) return undefined;
	const texts = Array.isArray(value) ? value.filter((text) => typeof text === "string" && text !== "") : [];
	if (Array.isArray(value) && value.length > 0 && texts.length === value.length) return texts as string[];
	const reason = "expected a list of strings that is not empty";
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${path}: ${name}: ${reason}`);
}

function textMember(document: JsonObject, name: string, path: string): string | undefined {
	const value = document.get(name);
	if (value === undefined || (typeof value === "string" && value !== "")) return value;
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${path}: ${name}: expected a string that is not empty`);
}
