import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { sha256Hex } from "../../ground/bytes/index.js";
import { ImageTrustError } from "./errors.js";

/** A public key that may vouch for images. */
export interface ImageKey {
	/** `sha256:` and the hex digest of the key's SubjectPublicKeyInfo: the name by which evidence and locks know it. */
	readonly id: string;
	readonly key: KeyObject;
}

/** Most keys of a file. */
const MOST_KEYS = 100;
const BLOCK = /-----BEGIN ((?:RSA )?PUBLIC KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----/g;

/**
 * Parses PEM public keys: ECDSA on the curves of NIST, RSA or Ed25519, as `cosign generate-key-pair` and openssl write them.
 * @throws ImageTrustError ERR_IMAGE_POLICY_FORMAT where there is none, or one that cannot be used.
 */
export function parseImageKeys(text: string, subject: string): ImageKey[] {
	const blocks = [...text.matchAll(BLOCK)].slice(0, MOST_KEYS).map(([block]) => block);
	if (blocks.length === 0) {
		const hint = text.includes("PRIVATE KEY") ? ", got a private key: the public one belongs here" : "";
		throw refused(subject, `expected -----BEGIN PUBLIC KEY-----${hint}`);
	}
	return blocks.map((block) => parseKey(block, subject));
}

function parseKey(block: string, subject: string): ImageKey {
	let key: KeyObject;
	try {
		key = createPublicKey(block);
	} catch (cause) {
		throw refused(subject, "one of its public keys cannot be read", cause);
	}
	const kind = kindOf(key);
	if (!USABLE.includes(kind)) {
		const expected = "expected Ed25519, ECDSA on P-224, P-256, P-384 or P-521, or RSA of 2048 bits or more";
		throw refused(subject, `${expected}, got ${kind}`);
	}
	return { id: `sha256:${sha256Hex(key.export({ type: "spki", format: "der" }))}`, key };
}

/** The keys that cosign and podman read: Go's crypto/x509 knows no other curves. */
const USABLE: readonly string[] = ["ed25519", "secp224r1", "prime256v1", "secp384r1", "secp521r1", "rsa"];

/** Returns the type of a key, or its curve; of an RSA key that is too short its size. */
function kindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): string {
	const { namedCurve, modulusLength = 0 } = details;
	if (type === "ec") return namedCurve ?? "a curve without a name";
	return type === "rsa" && modulusLength < 2048 ? `rsa of ${modulusLength} bits` : `${type}`;
}

/** Returns the first of the keys by which a signature over bytes is good. */
export function signerOf(
	bytes: Uint8Array,
	signature: Uint8Array,
	keys: readonly ImageKey[],
	hashes: (key: KeyObject) => readonly string[],
): ImageKey | undefined {
	return keys.find(({ key }) => {
		const algorithms = key.asymmetricKeyType === "ed25519" ? [undefined] : hashes(key);
		return algorithms.some((algorithm) => verify(algorithm, bytes, key, signature));
	});
}

function refused(subject: string, reason: string, cause?: unknown): ImageTrustError {
	return new ImageTrustError("ERR_IMAGE_POLICY_FORMAT", `${subject}: read public keys: ${reason}`, { cause });
}
