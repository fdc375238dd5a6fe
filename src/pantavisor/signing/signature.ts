import type { X509Certificate } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { decodeBase64, decodeBase64Url } from "./base64.js";
import { decodeCertificate } from "./certificate.js";
import { SigningError } from "./errors.js";
import { type KeyMatcher, parseGlobs } from "./glob.js";
import type { SignatureAlgorithm } from "./key.js";
import type { Selection } from "./selection.js";
import { checkSignatureCount } from "./work-limits.js";

export const SIGNATURE_SPEC = "pvs@2";
/** Most certificates of one signature: a chain has three or four, and may have unneeded ones. */
const CERTIFICATES = 32;
const ALGORITHMS: readonly string[] = ["RS256", "ES256", "ES384", "ES512"] satisfies SignatureAlgorithm[];

/** A parsed signature file. */
export interface Signature {
	/** Its key in the state: `_sigs/web.json`. */
	readonly key: string;
	/** The protected header as in the file, as it is part of what is signed. */
	readonly protectedPart: string;
	/** The signature; for EC, r and s one after the other. */
	readonly signature: Buffer;
	readonly algorithm: SignatureAlgorithm;
	/** The patterns of the header; undefined for a missing list. */
	readonly include: readonly string[] | undefined;
	readonly exclude: readonly string[] | undefined;
	/** Returns whether an include matches a key. */
	readonly included: KeyMatcher;
	/** Returns whether an exclude matches a key. */
	readonly excluded: KeyMatcher;
	/** Steps that comparing its patterns with one character of a key takes, roughly. */
	readonly weight: number;
	/** Certificates, leaf first; undefined without `x5c`. */
	readonly chain: readonly X509Certificate[] | undefined;
	/** The whole header, for its other members. */
	readonly header: JsonObject;
	/** The file as JSON. */
	readonly document: JsonObject;
}

/**
 * Returns the keys of all signature files of a state, sorted: inline objects with `#spec` pvs@2.
 * @throws SigningError ERR_SIGNATURE_LIMIT
 */
export function signatureKeys(state: State): string[] {
	const keys = [...state].filter(([, value]) => isSignatureDocument(value)).map(([key]) => key);
	checkSignatureCount(keys.length);
	return keys.sort();
}

function isSignatureDocument(value: JsonValue): value is JsonObject {
	return isJsonObject(value) && value.get("#spec") === SIGNATURE_SPEC;
}

/**
 * Parses a signature file of a state.
 * @throws SigningError ERR_SIGNATURE_FORMAT, ERR_CERTIFICATE, ERR_PATTERN; JsonError
 */
export function parseSignature(state: State, key: string): Signature {
	const document = state.get(key);
	if (document === undefined) throw mismatch(key, "a signature in the state", "nothing");
	if (!isSignatureDocument(document)) throw mismatch(key, `#spec ${SIGNATURE_SPEC}`, "another document");
	const protectedPart = text(document, "protected", key);
	const headerText = base64Url(protectedPart, `${key}: protected`);
	const header = parseJson(headerText, `${key}: protected`, { uniqueMembers: true });
	if (!isJsonObject(header)) throw mismatch(`${key}: protected`, "an object", "another value");
	const algorithm = text(header, "alg", `${key}: protected`);
	if (!ALGORITHMS.includes(algorithm)) throw mismatch(`${key}: alg`, ALGORITHMS.join(", "), algorithm);
	for (const name of ["crit", "b64"]) {
		if (header.has(name))
			throw mismatch(`${key}: protected`, `no member ${name}, which no device understands`, "one");
	}
	if (header.get("x5c") === null) throw mismatch(`${key}: x5c`, "an array of strings, or no member", "null");
	const certificates = texts(header, "x5c", key);
	if (certificates !== undefined && certificates.length > CERTIFICATES) {
		const most = `at most the limit of ${CERTIFICATES} certificates`;
		throw mismatch(`${key}: x5c`, most, `${certificates.length}`);
	}
	const pvs = header.get("pvs");
	if (!isJsonObject(pvs)) throw mismatch(`${key}: pvs`, "an object with include and exclude", "none");
	const include = texts(pvs, "include", `${key}: pvs`);
	const exclude = texts(pvs, "exclude", `${key}: pvs`);
	const included = parseGlobs(include ?? []);
	const excluded = parseGlobs(exclude ?? []);
	return {
		key,
		document,
		header,
		protectedPart,
		signature: base64Url(text(document, "signature", key), `${key}: signature`),
		algorithm: algorithm as SignatureAlgorithm,
		include,
		exclude,
		included: included.matches,
		excluded: excluded.matches,
		weight: included.weight + excluded.weight,
		chain: certificates?.map((der, i) =>
			decodeCertificate(base64(der, `${key}: x5c ${i + 1}`), `${key}: x5c ${i + 1}`),
		),
	};
}

/** Returns what the signature covers. A missing list covers nothing. */
export function signatureSelection({ include = [], exclude = [] }: Signature): Selection {
	return { include, exclude };
}

function text(object: JsonObject, name: string, subject: string): string {
	const value = object.get(name);
	if (typeof value !== "string") throw mismatch(`${subject}: ${name}`, "a string", "another value");
	return value;
}

/** Decodes base64url (RFC 7515, 2); padding is accepted, as on devices. */
function base64Url(text: string, subject: string): Buffer {
	return decodeBase64Url(text) ?? fail(subject, "base64url");
}

/** Decodes base64: certificates are in the plain alphabet (RFC 7515, 4.1.6). */
function base64(text: string, subject: string): Buffer {
	return decodeBase64(text) ?? fail(subject, "base64");
}

function fail(subject: string, expected: string): never {
	throw mismatch(subject, `${expected} without other characters`, "a string with other characters");
}

function texts(object: JsonObject, name: string, subject: string): string[] | undefined {
	const value = object.get(name) ?? undefined;
	if (value === undefined) return undefined;
	if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) {
		throw mismatch(`${subject}: ${name}`, "an array of strings", "another value");
	}
	return value as string[];
}

function mismatch(subject: string, expected: string, got: string): SigningError {
	return new SigningError(
		"ERR_SIGNATURE_FORMAT",
		`${subject}: read signature: expected ${expected}, got ${got}`,
	);
}
