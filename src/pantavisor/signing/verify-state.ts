import { createPublicKey, type JsonWebKey, type KeyObject, type X509Certificate } from "node:crypto";
import { isJsonObject, plainJson } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { verifyChain } from "./certificate.js";
import { SigningError } from "./errors.js";
import { encodePayload, signingInput } from "./jws.js";
import { parseSignature, type Signature, signatureKeys, signatureSelection } from "./signature.js";
import { verifySignatureBytes } from "./signer.js";

/** Whom to believe: these keys, or chains to these authorities. */
export interface Trust {
	/** When there are any, nothing else counts. */
	readonly publicKeys?: readonly KeyObject[] | undefined;
	readonly authorities?: readonly X509Certificate[] | undefined;
	/** Whatever key a signature brings along: it then proves that nothing was changed by accident. */
	readonly embedded?: boolean | undefined;
	/** Milliseconds since 1970 at which certificates must be valid; undefined: dates are not looked at. */
	readonly time?: number | undefined;
}

const ABOUT_CHAINS =
	"; it brings no certificates (x5c) along, so that authorities cannot vouch for its key, expected that key itself to be trusted (--pubkey)";

/** How one signature fared. */
export interface VerifiedSignature {
	/** Its key in the state. */
	readonly key: string;
	/** Undefined when the file cannot be read. */
	readonly signature?: Signature | undefined;
	/** Why it does not hold; undefined: it does. */
	readonly error?: Error | undefined;
}

/**
 * Checks signatures of a state, each by itself.
 * @param keys which; default: all.
 */
export function verifyState(
	state: State,
	trust: Trust,
	keys: readonly string[] = signatureKeys(state),
): VerifiedSignature[] {
	return keys.map((key) => {
		let signature: Signature | undefined;
		try {
			signature = parseSignature(state, key);
			verifySignature(state, signature, trust);
			return { key, signature };
		} catch (error) {
			if (!(error instanceof Error)) throw error;
			return { key, signature, error };
		}
	});
}

/**
 * Whether a signature holds over a state and is trusted (spec/pvr-behaviour.md 8.9).
 * @throws SigningError ERR_SIGNATURE, ERR_CERTIFICATE, ERR_KEY, ERR_PATTERN
 */
function verifySignature(state: State, signature: Signature, trust: Trust): void {
	const { key, algorithm, protectedPart } = signature;
	const input = signingInput(protectedPart, encodePayload(state, signatureSelection(signature)));
	const keys = trustedKeys(signature, trust);
	if (keys.some((trusted) => verifySignatureBytes(algorithm, trusted, input, signature.signature))) return;
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
	if (chain?.[0]) return chain[0].publicKey;
	const jwk = header.get("jwk");
	if (!isJsonObject(jwk)) throw new SigningError("ERR_SIGNATURE", `${key}: verify: it brings no key along`);
	try {
		return createPublicKey({ key: plainJson(jwk) as JsonWebKey, format: "jwk" });
	} catch (cause) {
		throw new SigningError("ERR_SIGNATURE", `${key}: verify: its jwk is no public key`, { cause });
	}
}

/** Without `x5c` an authority may have signed itself, if its own dates and usage allow it. */
function isTrusted(authority: X509Certificate, { authorities = [], time }: Trust): boolean {
	try {
		verifyChain([authority], authorities, { time }, "authority");
		return true;
	} catch {
		return false;
	}
}
