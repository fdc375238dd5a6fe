import type { KeyObject, X509Certificate } from "node:crypto";
import { verifyChain } from "./certificate.js";
import { encodeDerSignature, joinDerSignature } from "./ecdsa.js";
import { SigningError } from "./errors.js";
import { coordinateSize, findAlgorithm, type SignatureAlgorithm } from "./key.js";
import { verifySignatureBytes } from "./signer.js";
import type { Trust } from "./verify-state.js";

/** A chain of certificates that a signer brings along, leaf first. */
export type Chain = readonly X509Certificate[];

/**
 * Returns the keys that may sign: those that are trusted themselves, and those of the leaves of chains that lead to
 * a trusted authority.
 * @param chains the available chains; those that lead elsewhere are ignored.
 */
export function trustedSigners(
	{ publicKeys = [], authorities = [], time }: Trust,
	chains: readonly Chain[],
): KeyObject[] {
	const vouched = chains.filter((chain) => isVouchedFor(chain, authorities, time));
	return [...publicKeys, ...vouched.map(([leaf]) => leaf!.publicKey)];
}

function isVouchedFor(
	[leaf, ...rest]: Chain,
	authorities: readonly X509Certificate[],
	time: number | undefined,
): boolean {
	if (leaf === undefined || authorities.length === 0) return false;
	try {
		verifyChain([leaf, ...rest], authorities, { time }, "attestation");
		return true;
	} catch (error) {
		if (error instanceof SigningError) return false;
		throw error;
	}
}

/** Returns whether a key made a signature over bytes; ECDSA in DER, as openssl and hardware make it. */
export function verifyDetached(key: KeyObject, input: Uint8Array, signature: Uint8Array): boolean {
	const algorithm = findAlgorithm(key);
	if (algorithm === undefined) return false;
	const size = coordinateSize(algorithm);
	const joined = size === undefined ? Buffer.from(signature) : joinDerSignature(signature, size);
	return joined !== undefined && verifySignatureBytes(algorithm, key, input, joined);
}

/** Returns a signature of JWS as other programs expect it: ECDSA in DER. */
export function derSignature(algorithm: SignatureAlgorithm, signature: Uint8Array): Buffer {
	return coordinateSize(algorithm) === undefined ? Buffer.from(signature) : encodeDerSignature(signature);
}
