import type { KeyObject } from "node:crypto";
import { dsseSignedBytes } from "../../ground/bytes/index.js";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../ground/json/index.js";
import { decodeBase64 } from "./base64.js";
import { type ImageKey, signerOf } from "./key.js";

/** What `cosign sign` says in a statement: this image is signed. An attestation says something else about it. */
const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";
const STATEMENT_TYPES: readonly unknown[] = [
	"https://in-toto.io/Statement/v1",
	"https://in-toto.io/Statement/v0.1",
];
const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** A signed statement of a Sigstore bundle. */
export interface BundleClaim {
	readonly signer: ImageKey;
	/** Digests of what it is about, as `sha256:…`. */
	readonly subjects: readonly string[];
}

/**
 * Verifies the DSSE envelope of a Sigstore bundle (v0.1 to v0.3) by its signature alone: certificates and the
 * transparency log count for nothing here.
 * @returns why it proves nothing, or what it says.
 */
export function verifyBundle(bytes: Uint8Array, keys: readonly ImageKey[]): BundleClaim | string {
	try {
		return readBundle(parseJson(bytes, "bundle", { uniqueMembers: true }), keys);
	} catch (error) {
		return (error as Error).message;
	}
}

function readBundle(value: JsonValue, keys: readonly ImageKey[]): BundleClaim {
	const envelope = member(value, "dsseEnvelope");
	const payload = bytesOf(member(envelope, "payload"));
	const type = member(envelope, "payloadType");
	if (type !== PAYLOAD_TYPE) throw new Error(`bundle: expected a payload of type ${PAYLOAD_TYPE}`);
	const signatures = member(envelope, "signatures");
	// A bundle has one signature; of several it would not be clear which one has to be good.
	if (!Array.isArray(signatures) || signatures.length !== 1)
		throw new Error("bundle: expected one signature");
	const signed = dsseSignedBytes(type, payload);
	const signer = signerOf(signed, bytesOf(member(signatures[0], "sig")), keys, hashesOf);
	if (signer === undefined) throw new Error("bundle: its signature was made by none of the keys");
	return { signer, subjects: subjectsOf(parseJson(payload, "statement", { uniqueMembers: true })) };
}

function subjectsOf(statement: JsonValue): string[] {
	if (!STATEMENT_TYPES.includes(member(statement, "_type")))
		throw new Error("statement: expected an in-toto statement");
	const predicate = member(statement, "predicateType");
	if (predicate !== SIGN_PREDICATE) throw new Error("statement: is an attestation, expected a signature");
	const subjects = member(statement, "subject");
	if (!Array.isArray(subjects)) throw new Error("statement: expected a list of subjects");
	return subjects.flatMap((subject) => {
		const digests = member(subject, "digest");
		return isJsonObject(digests) ? [...digests].map(([algorithm, hex]) => `${algorithm}:${String(hex)}`) : [];
	});
}

/** The hash that belongs to a curve; SHA-256 too, which cosign takes for every key without a certificate. */
function hashesOf({ asymmetricKeyDetails: details }: KeyObject): readonly string[] {
	if (details?.namedCurve === "secp384r1") return ["sha384", "sha256"];
	if (details?.namedCurve === "secp521r1") return ["sha512", "sha256"];
	return ["sha256"];
}

function member(value: JsonValue | undefined, name: string): JsonValue {
	const found = value !== undefined && isJsonObject(value) ? (value as JsonObject).get(name) : undefined;
	if (found === undefined) throw new Error(`bundle: expected a member ${name}`);
	return found;
}

function bytesOf(value: JsonValue): Buffer {
	const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
	if (bytes === undefined) throw new Error("bundle: expected base64");
	return bytes;
}
