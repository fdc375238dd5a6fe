import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type JsonObject, jsonObject } from "../../ground/json/index.js";
import { isUsableExponent, keyProblem } from "./certificate-strength.js";
import { SigningError } from "./errors.js";
import { describePem, type PemBlock, parsePem } from "./pem.js";

/** JWS algorithms that devices check (docs/formats/devices.md#the-signature-check). */
export type SignatureAlgorithm = "RS256" | "ES256" | "ES384" | "ES512";

/** A key that can sign, and the algorithm that a header names for it. */
export interface SigningKey {
	readonly algorithm: SignatureAlgorithm;
	readonly privateKey: KeyObject;
	readonly publicKey: KeyObject;
}

const MINIMUM_RSA_BITS = 2048;

/** Algorithm and bytes of a coordinate of each curve, by OpenSSL's names. */
const CURVES: ReadonlyMap<string, readonly [SignatureAlgorithm, number]> = new Map([
	["prime256v1", ["ES256", 32]],
	["secp384r1", ["ES384", 48]],
	["secp521r1", ["ES512", 66]],
]);

/**
 * Returns the first private key of a PEM text: PKCS#1, PKCS#8 or SEC1; RSA of 2048 bits or more, or EC on P-256,
 * P-384 or P-521.
 *
 * @param subject name of the file, for messages.
 * @throws SigningError ERR_KEY that says what was found.
 */
export function parsePrivateKey(pem: string | Uint8Array, subject: string): SigningKey {
	const blocks = parsePem(pem);
	const block = blocks.find(({ label }) => label.includes("PRIVATE KEY"));
	if (block === undefined) throw refusal(subject, `expected a private key, got ${describePem(blocks)}`);
	if (block.hasHeaders || block.label.startsWith("ENCRYPTED")) {
		throw refusal(
			subject,
			"expected a key without a passphrase, got an encrypted one (decrypt it, or use a signer command)",
		);
	}
	if (block.label.startsWith("OPENSSH")) {
		throw refusal(
			subject,
			"expected PKCS#1, PKCS#8 or SEC1, got an OpenSSH key (convert it: ssh-keygen -p -m PEM)",
		);
	}
	const privateKey = decodePrivateKey(block, subject);
	return {
		algorithm: keyAlgorithm(privateKey, subject),
		privateKey,
		publicKey: createPublicKey(privateKey),
	};
}

/** Decodes a private key. Like pvr, it tries all three encodings, as the label of a block may be wrong. */
function decodePrivateKey({ bytes, label }: PemBlock, subject: string): KeyObject {
	let cause: unknown;
	for (const type of ["pkcs1", "pkcs8", "sec1"] as const) {
		try {
			return createPrivateKey({ key: bytes, format: "der", type });
		} catch (error) {
			cause ??= error;
		}
	}
	throw new SigningError("ERR_KEY", `${subject}: read key: the ${label} block is damaged`, { cause });
}

/**
 * Returns the public keys of a PEM text (`PUBLIC KEY`, `RSA PUBLIC KEY`), to verify with.
 * @throws SigningError ERR_KEY
 */
export function parsePublicKeys(pem: string | Uint8Array, subject: string): KeyObject[] {
	const blocks = parsePem(pem);
	const publicBlocks = blocks.filter(({ label }) => label.endsWith("PUBLIC KEY"));
	if (publicBlocks.length === 0) throw refusal(subject, `expected public keys, got ${describePem(blocks)}`);
	return publicBlocks.map(({ label, bytes }) => {
		const type = label === "RSA PUBLIC KEY" ? "pkcs1" : "spki";
		try {
			const key = createPublicKey({ key: bytes, format: "der", type });
			keyAlgorithm(key, subject);
			return key;
		} catch (cause) {
			if (cause instanceof SigningError) throw cause;
			throw new SigningError("ERR_KEY", `${subject}: read key: the ${label} block is damaged`, { cause });
		}
	});
}

/**
 * Returns the algorithm that a key signs with.
 * @throws SigningError ERR_KEY for kinds and sizes that devices refuse.
 */
export function keyAlgorithm(key: KeyObject, subject: string): SignatureAlgorithm {
	const algorithm = findAlgorithm(key);
	if (algorithm !== undefined) return algorithm;
	const { namedCurve } = key.asymmetricKeyDetails ?? {};
	if (key.asymmetricKeyType === "rsa") throw refusal(subject, keyProblem(key) ?? "expected another RSA key");
	const kind = [key.asymmetricKeyType, namedCurve].filter((word) => word !== undefined).join(" ");
	throw refusal(subject, `expected RSA or EC on P-256, P-384 or P-521, got ${kind}`);
}

/** Returns the algorithm that a key signs with; undefined for keys that devices refuse. */
export function findAlgorithm(key: KeyObject): SignatureAlgorithm | undefined {
	const { modulusLength = 0, publicExponent, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
	if (key.asymmetricKeyType === "rsa") {
		return modulusLength >= MINIMUM_RSA_BITS && isUsableExponent(publicExponent) ? "RS256" : undefined;
	}
	return key.asymmetricKeyType === "ec" ? CURVES.get(namedCurve)?.[0] : undefined;
}

/** Returns the bytes of r, and of s, in a signature; undefined for RSA. */
export function coordinateSize(algorithm: SignatureAlgorithm): number | undefined {
	return [...CURVES.values()].find(([name]) => name === algorithm)?.[1];
}

/** Returns the `jwk` of a header, its members in pvr's order (docs/formats/pvr.md#the-protected-header). */
export function publicJwk(key: KeyObject): JsonObject {
	const { kty = "", n, e, crv, x, y } = createPublicKeyOf(key).export({ format: "jwk" });
	return jsonObject({ kty, n, e, crv, x, y });
}

function createPublicKeyOf(key: KeyObject): KeyObject {
	return key.type === "private" ? createPublicKey(key) : key;
}

function refusal(subject: string, reason: string): SigningError {
	return new SigningError("ERR_KEY", `${subject}: read key: ${reason}`);
}
