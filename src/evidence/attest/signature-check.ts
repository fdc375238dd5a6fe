import type { KeyObject } from "node:crypto";
import { type Chain, type Trust, trustedSigners, verifyDetached } from "../../pantavisor/signing/index.js";
import type { AttestationScope } from "../../verify/index.js";
import { signedBytes } from "./envelope.js";
import type { Attestation, EnvelopeSignature } from "./envelope-reader.js";
import { keyHint, keyId } from "./identifiers.js";

/** Who vouches for a statement. */
export interface SignatureVerdict {
	/** Scopes one of whose own keys made one of the signatures. */
	readonly granted: readonly AttestationScope[];
	/** Whether a signature that does not hold names a trusted key as its maker. */
	readonly isAltered: boolean;
}

/**
 * Checks the signatures of an envelope. One that holds with a key of a scope is enough for that scope; what
 * a file says of its keys decides nothing but which error is reported.
 * @param chains certificates that may lead to an authority: of the file, and of the package's own signatures.
 */
export function checkSignatures(
	attestation: Attestation,
	scopes: readonly AttestationScope[],
	chains: readonly Chain[],
): SignatureVerdict {
	const { payload, payloadType, signatures, chain } = attestation;
	const input = signedBytes(payload, payloadType);
	const granted: AttestationScope[] = [];
	let isAltered = false;
	for (const scope of scopes) {
		const keys = scope.trusts.flatMap((trust) => [
			...packageSigners(trust, chains),
			...(chain.length > 0 ? trustedSigners({ ...trust, publicKeys: [] }, [chain]) : []),
		]);
		const holds = signatures.some(({ bytes }) => keys.some((key) => verifyDetached(key, input, bytes)));
		if (holds) granted.push(scope);
		else isAltered ||= signatures.some((one) => keys.some((key) => isNamed(one, keyId(key), keyHint(key))));
	}
	return { granted, isAltered };
}

/** By the chains of a package, then by whom they are trusted. */
const knownSigners = new WeakMap<readonly Chain[], WeakMap<Trust, readonly KeyObject[]>>();

/** Returns the keys that the chains of a package lead to; they are verified once for all attestations of it. */
function packageSigners(trust: Trust, chains: readonly Chain[]): readonly KeyObject[] {
	const byTrust = knownSigners.get(chains) ?? new WeakMap<Trust, readonly KeyObject[]>();
	knownSigners.set(chains, byTrust);
	const keys = byTrust.get(trust) ?? trustedSigners(trust, chains);
	byTrust.set(trust, keys);
	return keys;
}

function isNamed({ keyNames }: EnvelopeSignature, ...names: readonly string[]): boolean {
	return keyNames.some((name) => names.includes(name));
}
