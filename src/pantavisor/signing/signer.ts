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

/** What a header says about who signs. */
export interface SignerIdentity {
	readonly algorithm: SignatureAlgorithm;
	readonly publicKey: KeyObject;
	/** Leaf first; empty: no `x5c`. */
	readonly chain: readonly X509Certificate[];
}

/** Makes signatures: a local key, or something outside (a command, a key service). */
export interface Signer extends SignerIdentity {
	/** Signs bytes; ECDSA as DER or as r and s. */
	sign(input: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * Returns a signer by a key at hand.
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
 * Who signs, when the private key is elsewhere: by a public key, or by the chain alone.
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
 * A signature from outside in the form JWS wants, after it was checked.
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
		`signer: sign: expected a signature by the ${algorithm} key given, got another`,
	);
}

/** Whether a signature (r and s joined) is this key's over the input. */
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
