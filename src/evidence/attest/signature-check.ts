import type { KeyObject } from "node:crypto";
import { type Chain, type Trust, trustedSigners, verifyDetached } from "../../pantavisor/signing/index.js";
import type { AttestationScope } from "../../verify/index.js";
import { signedBytes } from "./envelope.js";
import type { Attestation, EnvelopeSignature } from "./envelope-reader.js";
import { keyHint, keyId } from "./identifiers.js";

/** Result of checking the signatures of a statement. */
export interface SignatureVerdict {
	/** Scopes for which a signature by one of their own keys holds. */
	readonly granted: readonly AttestationScope[];
	/** Whether an invalid signature names a trusted key as its maker. */
	readonly isAltered: boolean;
}

/**
 * Checks the signatures of an envelope. For each scope one valid signature by a key of the scope is enough. The
 * names of keys in the file decide only which error is reported.
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

/** Trusted keys by the chains of a package, then by the trust. */
const knownSigners = new WeakMap<readonly Chain[], WeakMap<Trust, readonly KeyObject[]>>();

/** Returns the trusted keys of a package's chains, which are verified once for all attestations of the package. */
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
