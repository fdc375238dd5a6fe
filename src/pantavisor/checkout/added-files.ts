import {
	encodeCanonicalJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	jsonObject,
	parseJson,
} from "../../ground/json/index.js";
import { CheckoutError } from "./errors.js";

/** A file that was added since the last commit. */
export interface AddedFile {
	/** Whether a `.json` file is kept as an object, not inline. */
	readonly raw: boolean;
	/** Digest of the bytes at the time when the file was added. */
	readonly sha256: string;
}

/** The content of `.pvr/new`: files by their key (docs/formats/pvr.md#the-files-of-pvr). */
type AddedFiles = ReadonlyMap<string, AddedFile>;

/** Parses `.pvr/new`. @throws JsonError; CheckoutError ERR_CHECKOUT_CONFIG */
export function parseAddedFiles(text: Uint8Array, path: string): Map<string, AddedFile> {
	const value = parseJson(text, path);
	if (!isJsonObject(value)) throw mismatch(path, "an object");
	return new Map([...value].map(([key, file]) => [key, parseAddedFile(file, `${path}: ${key}`)]));
}

export function encodeAddedFiles(files: AddedFiles): string {
	const value: JsonObject = new Map(
		[...files].map(([key, { raw, sha256 }]) => [key, jsonObject({ ForceObject: raw, Sha: sha256 })]),
	);
	return encodeCanonicalJson(value);
}

function parseAddedFile(value: JsonValue, subject: string): AddedFile {
	const [raw, sha256] = isJsonObject(value) ? [value.get("ForceObject") ?? false, value.get("Sha")] : [];
	if (typeof raw === "boolean" && typeof sha256 === "string") return { raw, sha256 };
	throw mismatch(subject, "ForceObject and Sha");
}

function mismatch(subject: string, expected: string): CheckoutError {
	return new CheckoutError(
		"ERR_CHECKOUT_CONFIG",
		`${subject}: read: expected ${expected}, got another value`,
	);
}
