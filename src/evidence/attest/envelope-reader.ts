import {
	isJsonObject,
	JsonError,
	type JsonObject,
	type JsonValue,
	parseJson,
} from "../../ground/json/index.js";
import { type Chain, decodeBase64Url, decodeCertificate } from "../../pantavisor/signing/index.js";
import { AttestError } from "./errors.js";
import { BUNDLE_TYPE, OTHER_BUNDLE_TYPES } from "./identifiers.js";

/** A parsed file with a statement. Nothing in it is verified yet. */
export interface Attestation {
	readonly form: "bundle" | "dsse" | "statement";
	/** Empty for a bare statement. */
	readonly payloadType: string;
	/** The statement. */
	readonly payload: Uint8Array;
	readonly signatures: readonly EnvelopeSignature[];
	/** Certificates of the signer in the bundle, leaf first. */
	readonly chain: Chain;
}

export interface EnvelopeSignature {
	readonly bytes: Uint8Array;
	/** Names of the keys in the file: digests of them, or anything else. They are hints, not proof. */
	readonly keyNames: readonly string[];
}

/** Most bytes of a file. An SBOM of 200,000 components has a quarter of that. */
export const ATTESTATION_LIMIT: number = 1 << 28;
const SIGNATURE_LIMIT = 16;
const CHAIN_LIMIT = 10;

/**
 * Parses a Sigstore bundle, a DSSE envelope or a bare statement. Duplicate members are refused, as readers choose
 * different ones.
 * @param subject the file, for messages.
 * @throws AttestError ERR_ATTESTATION_FORMAT; SigningError ERR_CERTIFICATE
 */
export function parseAttestation(bytes: Uint8Array, subject: string): Attestation {
	const refuse: Refuse = (reason) => {
		throw new AttestError("ERR_ATTESTATION_FORMAT", `${subject}: read attestation: ${reason}`);
	};
	if (bytes.length > ATTESTATION_LIMIT) refuse(`expected at most ${ATTESTATION_LIMIT} bytes, got more`);
	const file = readObject(bytes, subject);
	if (file.has("mediaType")) return readBundle(file, refuse);
	if (file.has("payloadType")) return { form: "dsse", ...readEnvelope(file, [], refuse), chain: [] };
	if (file.has("_type"))
		return { form: "statement", payloadType: "", payload: bytes, signatures: [], chain: [] };
	return refuse("expected a Sigstore bundle, a DSSE envelope or an in-toto statement");
}

type Refuse = (reason: string) => never;

/** Parses one JSON object without duplicate members. @throws AttestError ERR_ATTESTATION_FORMAT */
export function readObject(bytes: Uint8Array, subject: string): JsonObject {
	try {
		const value = parseJson(bytes, subject, { uniqueMembers: true });
		if (isJsonObject(value)) return value;
	} catch (cause) {
		if (!(cause instanceof JsonError)) throw cause;
		throw new AttestError("ERR_ATTESTATION_FORMAT", cause.message, { cause });
	}
	throw new AttestError("ERR_ATTESTATION_FORMAT", `${subject}: read attestation: expected a JSON object`);
}

function readBundle(file: JsonObject, refuse: Refuse): Attestation {
	const mediaType = file.get("mediaType");
	if (typeof mediaType !== "string" || ![BUNDLE_TYPE, ...OTHER_BUNDLE_TYPES].includes(mediaType)) {
		refuse(`expected mediaType ${BUNDLE_TYPE}, got another one`);
	}
	const envelope = file.get("dsseEnvelope");
	if (!isJsonObject(envelope)) return refuse("expected a bundle with dsseEnvelope");
	const material = file.get("verificationMaterial");
	if (!isJsonObject(material)) return refuse("expected a bundle with verificationMaterial");
	const publicKey = material.get("publicKey");
	const hint = isJsonObject(publicKey) ? publicKey.get("hint") : undefined;
	const read = readEnvelope(envelope, typeof hint === "string" ? [hint] : [], refuse);
	if (read.signatures.length !== 1) {
		refuse(`expected one signature in a bundle, got ${read.signatures.length}`);
	}
	return { form: "bundle", ...read, chain: readChain(material, refuse) };
}

function readEnvelope(envelope: JsonObject, hints: readonly string[], refuse: Refuse) {
	const payloadType = envelope.get("payloadType");
	if (typeof payloadType !== "string") return refuse("expected payloadType to be a string");
	const payload = readBase64(envelope.get("payload"), "payload", refuse);
	const listed = envelope.get("signatures");
	if (!Array.isArray(listed) || listed.length === 0) return refuse("expected signatures, got none");
	if (listed.length > SIGNATURE_LIMIT) {
		return refuse(`expected at most ${SIGNATURE_LIMIT} signatures, got ${listed.length}`);
	}
	const signatures = listed.map((one): EnvelopeSignature => {
		if (!isJsonObject(one)) return refuse("expected each signature to be an object");
		const keyid = one.get("keyid");
		const names = typeof keyid === "string" && keyid !== "" ? [keyid, ...hints] : hints;
		return { bytes: readBase64(one.get("sig"), "sig", refuse), keyNames: names };
	});
	return { payloadType, payload, signatures };
}

/** Reads the certificates: `certificate` in newer bundles, `x509CertificateChain` in older ones. */
function readChain(material: JsonObject, refuse: Refuse): Chain {
	const single = material.get("certificate");
	const listed = material.get("x509CertificateChain");
	const all = isJsonObject(listed)
		? (listed.get("certificates") ?? [])
		: single === undefined
			? []
			: [single];
	if (!Array.isArray(all) || all.length > CHAIN_LIMIT) {
		return refuse(`expected at most ${CHAIN_LIMIT} certificates in a list`);
	}
	return all.map((one) => {
		const rawBytes = isJsonObject(one) ? one.get("rawBytes") : undefined;
		return decodeCertificate(readBase64(rawBytes, "rawBytes", refuse), "attestation");
	});
}

/** Decodes base64 in either alphabet, as DSSE allows both. */
function readBase64(value: JsonValue | undefined, name: string, refuse: Refuse): Uint8Array {
	const bytes = typeof value === "string" ? decodeBase64Url(value) : undefined;
	return bytes ?? refuse(`expected ${name} in base64`);
}
