import { createPublicKey, type KeyObject, sign, verify, type X509Certificate } from "node:crypto";
import { checkChain } from "./certificate.js";
import { joinDerSignature } from "./ecdsa.js";
import { SigningError } from "./errors.js";
import {
	coordinateSize,
	findAlgorithm,
	keyAlgorithm,
	type SignatureAlgorithm,
	type SigningKey,
} from "./key.js";

/** What a header says about the signer. */
export interface SignerIdentity {
	readonly algorithm: SignatureAlgorithm;
	readonly publicKey: KeyObject;
	/** Certificates, leaf first; empty: no `x5c`. */
	readonly chain: readonly X509Certificate[];
}

/** Makes signatures: with a local key, or outside (a command, a key service). */
export interface Signer extends SignerIdentity {
	/** Signs bytes; returns ECDSA as DER or as r and s. */
	sign(input: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * Returns a signer with a local key.
 * @throws SigningError ERR_CERTIFICATE when the chain is not the key's.
 */
export function localSigner(key: SigningKey, chain: readonly X509Certificate[] = []): Signer {
	const { privateKey, publicKey } = key;
	const identity = signerIdentity(publicKey, chain);
	const signBytes = (input: Uint8Array): Uint8Array =>
		sign(hashOf(identity.algorithm), input, { key: privateKey, dsaEncoding: "ieee-p1363" });
	return { ...identity, sign: signBytes };
}

/**
 * Returns the identity of a signer whose private key is elsewhere: by a public key, or by the chain alone.
 * @throws SigningError ERR_KEY, ERR_CERTIFICATE
 */
export function signerIdentity(
	publicKey: KeyObject | undefined,
	chain: readonly X509Certificate[],
): SignerIdentity {
	const key = publicKey ?? chain[0]?.publicKey;
	if (key === undefined)
		throw new SigningError("ERR_KEY", "signer: expected a public key or a chain, got neither");
	if (chain.length > 0) checkChain(chain, key, "x5c");
	return {
		algorithm: keyAlgorithm(key, "signer"),
		publicKey: key.type === "private" ? createPublicKey(key) : key,
		chain,
	};
}

/**
 * Checks a signature that was made elsewhere, and returns it in the form that JWS needs.
 * @throws SigningError ERR_SIGNATURE
 */
export function adoptSignature(
	{ algorithm, publicKey }: SignerIdentity,
	input: Uint8Array,
	signature: Uint8Array,
): Buffer {
	const size = coordinateSize(algorithm);
	const joined =
		size === undefined || signature.length === 2 * size ? undefined : joinDerSignature(signature, size);
	const bytes = joined ?? Buffer.from(signature);
	if (verifySignatureBytes(algorithm, publicKey, input, bytes)) return bytes;
	throw new SigningError(
		"ERR_SIGNATURE",
		`signer: sign: expected a signature by the ${algorithm} key given over this payload, got one by another key or over another payload`,
	);
}

/** Returns whether a key made a signature (r and s joined) over the input. */
export function verifySignatureBytes(
	algorithm: SignatureAlgorithm,
	key: KeyObject,
	input: Uint8Array,
	signature: Uint8Array,
): boolean {
	if (findAlgorithm(key) !== algorithm) return false;
	return verify(hashOf(algorithm), input, { key, dsaEncoding: "ieee-p1363" }, signature);
}

function hashOf(algorithm: SignatureAlgorithm): string {
	return `sha${algorithm.slice(2)}`;
}
