import { createPublicKey, type JsonWebKey, type KeyObject, type X509Certificate } from "node:crypto";
import { isJsonObject, JsonError, plainJson } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { verifyChain } from "./certificate.js";
import { SigningError } from "./errors.js";
import { encodePayload, signingInput } from "./jws.js";
import type { SignatureAlgorithm } from "./key.js";
import { parseSignature, type Signature, signatureKeys, signatureSelection } from "./signature.js";
import { verifySignatureBytes } from "./signer.js";
import { WorkMeter } from "./work-limits.js";

/** Whom to trust: keys, or chains to authorities. */
export interface Trust {
	/** Public keys. If there are any, the authorities and embedded keys do not count. */
	readonly publicKeys?: readonly KeyObject[] | undefined;
	readonly authorities?: readonly X509Certificate[] | undefined;
	/** Whether to trust the key that a signature contains, which only proves that nothing was changed by accident. */
	readonly embedded?: boolean | undefined;
	/** Milliseconds since 1970 at which certificates must be valid; undefined: dates are ignored. */
	readonly time?: number | undefined;
	/** Accepted algorithms; undefined: all that devices check. */
	readonly algorithms?: readonly SignatureAlgorithm[] | undefined;
	/** Fewest bits of an RSA key that signs. */
	readonly minimumRsaBits?: number | undefined;
}

const ABOUT_CHAINS =
	"; it contains no certificates (x5c) that lead to an authority, expected its key itself to be trusted (--pubkey)";

/** The result for one signature. */
export interface VerifiedSignature {
	/** Its key in the state. */
	readonly key: string;
	/** The parsed signature; undefined if the file cannot be read. */
	readonly signature?: Signature | undefined;
	/** Why the signature is not trusted; undefined for a trusted one. */
	readonly error?: Error | undefined;
	/** The given trusts that accept the signature, in their order. */
	readonly trustedBy: readonly Trust[];
}

/**
 * Checks signatures of a state, each by itself.
 * @param keys the signatures to check; default: all.
 * @throws SigningError ERR_SIGNATURE_LIMIT
 */
export function verifyState(
	state: State,
	trust: Trust | readonly Trust[],
	keys: readonly string[] = signatureKeys(state),
): VerifiedSignature[] {
	const trusts = Array.isArray(trust) ? (trust as readonly Trust[]) : [trust as Trust];
	const work = new WorkMeter(state, keys.length);
	const read = keys.map((key) => {
		const result = readSignature(state, key);
		if (result.signature !== undefined) work.add(result.signature);
		return result;
	});
	return read.map((result) => (result.signature ? verifyByAny(state, result.signature, trusts) : result));
}

function readSignature(state: State, key: string): VerifiedSignature {
	try {
		return { key, signature: parseSignature(state, key), trustedBy: [] };
	} catch (error) {
		if (!(error instanceof SigningError || error instanceof JsonError)) throw error;
		return { key, error, trustedBy: [] };
	}
}

/** Checks a signature against each trust. If none accepts it, the first reason is reported. */
function verifyByAny(state: State, signature: Signature, trusts: readonly Trust[]): VerifiedSignature {
	const { key } = signature;
	const trustedBy: Trust[] = [];
	let first: Error | undefined;
	let input: Buffer | undefined;
	for (const trust of trusts) {
		try {
			input ??= signingInput(signature.protectedPart, encodePayload(state, signatureSelection(signature)));
			verifySignature(input, signature, trust);
			trustedBy.push(trust);
		} catch (error) {
			if (!(error instanceof SigningError || error instanceof JsonError)) throw error;
			first ??= error;
		}
	}
	if (trustedBy.length > 0) return { key, signature, trustedBy };
	return { key, signature, trustedBy, error: first ?? refusal(key, "nobody is trusted to sign it") };
}

function refusal(key: string, reason: string): SigningError {
	return new SigningError("ERR_SIGNATURE", `${key}: verify: ${reason}`);
}

/**
 * Checks that a signature is valid over its input and is trusted (docs/formats/pvr.md#checking).
 * @throws SigningError ERR_SIGNATURE, ERR_CERTIFICATE, ERR_KEY
 */
function verifySignature(input: Buffer, signature: Signature, trust: Trust): void {
	const { key, algorithm } = signature;
	if (trust.algorithms?.includes(algorithm) === false) {
		throw refusal(key, `expected one of the algorithms ${trust.algorithms.join(", ")}, got ${algorithm}`);
	}
	const keys = trustedKeys(signature, trust);
	const signer = keys.find((trusted) => verifySignatureBytes(algorithm, trusted, input, signature.signature));
	const bits = signer?.asymmetricKeyDetails?.modulusLength;
	if (bits !== undefined && bits < (trust.minimumRsaBits ?? 0)) {
		throw refusal(key, `expected an RSA key of at least ${trust.minimumRsaBits} bits, got ${bits}`);
	}
	if (signer !== undefined) return;
	const reason = "the signature does not hold over this state with any trusted key";
	const byAuthorities = !trust.publicKeys?.length && !trust.embedded;
	const about = byAuthorities && !signature.chain?.[0] ? ABOUT_CHAINS : "";
	throw new SigningError("ERR_SIGNATURE", `${key}: verify: ${reason}${about}`);
}

function trustedKeys(signature: Signature, trust: Trust): readonly KeyObject[] {
	const { key, chain } = signature;
	if (trust.publicKeys?.length) return trust.publicKeys;
	if (trust.embedded) return [embeddedKey(signature)];
	const authorities = trust.authorities ?? [];
	if (authorities.length === 0) {
		throw new SigningError(
			"ERR_SIGNATURE",
			`${key}: verify: expected public keys or authorities to trust, got none`,
		);
	}
	const [leaf, ...rest] = chain ?? [];
	if (leaf === undefined)
		return authorities.filter((own) => isTrusted(own, trust)).map((own) => own.publicKey);
	verifyChain([leaf, ...rest], authorities, { time: trust.time }, key);
	return [leaf.publicKey];
}

function embeddedKey({ key, chain, header }: Signature): KeyObject {
	const jwk = header.get("jwk");
	try {
		if (chain?.[0]) return chain[0].publicKey;
	} catch (cause) {
		const reason = "its certificate has a key of an unknown kind";
		throw new SigningError("ERR_SIGNATURE", `${key}: verify: ${reason}`, { cause });
	}
	if (!isJsonObject(jwk)) throw new SigningError("ERR_SIGNATURE", `${key}: verify: it contains no key`);
	try {
		return createPublicKey({ key: plainJson(jwk) as JsonWebKey, format: "jwk" });
	} catch (cause) {
		throw new SigningError("ERR_SIGNATURE", `${key}: verify: its jwk is not a public key`, { cause });
	}
}

/** Returns whether an authority may itself be the signer, as without `x5c`: its own dates and usage must allow it. */
function isTrusted(authority: X509Certificate, { authorities = [], time }: Trust): boolean {
	try {
		verifyChain([authority], authorities, { time, authorityMaySign: true }, "authority");
		return true;
	} catch {
		return false;
	}
}
