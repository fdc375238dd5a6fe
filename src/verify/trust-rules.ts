import { type Finder, type Finding, finder, type RuleTable } from "../ground/findings/index.js";
import { isJsonObject } from "../ground/json/index.js";
import type { VerifiedSignature } from "../pantavisor/signing/index.js";
import type { State } from "../pantavisor/state/index.js";
import type { SigningScope } from "./policy.js";
import type { PathMatcher } from "./policy-pattern.js";

export type TrustRuleId =
	| "TRUST_UNCOVERED"
	| "TRUST_ALLOWED"
	| "TRUST_NONE"
	| "TRUST_ATTESTATION"
	| "SIGNATURE_INVALID"
	| "SIGNATURE_UNTRUSTED"
	| "SIGNATURE_SPEC"
	| "STATE_UNCOVERED";

/** Who vouches for what is in a state. */
export const TRUST_RULES: RuleTable<TrustRuleId> = {
	TRUST_UNCOVERED: {
		severity: "error",
		reason: "no trusted signature covers it",
		remedy:
			'sign it with "pvpkg sign", or allow it with --allow-unsigned=PATTERN or the policy\'s "unsigned"',
	},
	TRUST_ALLOWED: {
		severity: "note",
		reason: "no trusted signature covers it, which was allowed",
		remedy: "nothing to do; without --allow-unsigned it is an error",
	},
	TRUST_NONE: {
		severity: "error",
		reason: "--require-trust: nobody is trusted, so that nothing vouches for what is in it",
		remedy: "name whom to trust with --cacerts, --pubkey or --policy",
	},
	TRUST_ATTESTATION: {
		severity: "error",
		reason: "the policy requires an attestation, and no trusted one was found",
		remedy: "publish the package with its attestations, and verify it together with them",
	},
	SIGNATURE_INVALID: {
		severity: "error",
		reason: "the signature does not hold, or nobody who is trusted made it",
		remedy: "get the package from its maker again, or trust the maker's key or authority",
	},
	SIGNATURE_UNTRUSTED: {
		severity: "warning",
		reason: "holds, but only the key it brings along vouches for it",
		remedy: "name whom to trust with --cacerts, --pubkey or --policy",
	},
	SIGNATURE_SPEC: {
		severity: "warning",
		reason: "is not a pvs@2 signature: devices do not look at it",
		remedy: 'sign again with "pvpkg sign"',
	},
	STATE_UNCOVERED: {
		severity: "error",
		reason: "strict secure boot refuses it: no signature includes or excludes it",
		remedy: "a device's own signature covers #spec; containers alone are not for strict secure boot",
	},
};

export const trustFinding: Finder<TrustRuleId> = finder(TRUST_RULES);

/** What trust came to: nobody was asked; everything, or all that was not allowed, is covered; something is not. */
export type TrustLevel = "none" | "full" | "partial" | "failed";

export interface TrustVerdict {
	readonly level: TrustLevel;
	readonly findings: readonly Finding[];
}

/**
 * Holds a state to its trust root: every key must be covered by a signature of somebody who is
 * trusted for it. This does not hold for what no device starts or mounts: `#spec`, signatures, `src.json` and
 * `build.json` beside a covered `run.json`, and empty mappings. Another file in `_sigs/` is not
 * excepted: importers read its patterns, and remove by them what others have on the device.
 */
export function judgeTrust(
	state: State,
	signatures: readonly VerifiedSignature[],
	scopes: readonly SigningScope[],
	allowed: PathMatcher,
): TrustVerdict {
	const covers = coveringBy(signatures, scopes);
	const covered = new Set([...state.keys()].filter(covers));
	const read = new Set(signatures.map(({ key }) => key));
	const isSignature = (key: string): boolean => read.has(key) && /^_sigs\/[^/]+$/.test(key);
	const isExempt = (key: string): boolean => isSignature(key) || needsNone(state, key, covered);
	const bare = [...state.keys()].filter((key) => !covered.has(key) && !isExempt(key));
	const findings = bare.map((key) => trustFinding(allowed(key) ? "TRUST_ALLOWED" : "TRUST_UNCOVERED", key));
	const failed =
		findings.some(({ severity }) => severity === "error") ||
		signatures.some(({ error }) => error !== undefined);
	return { level: failed ? "failed" : bare.length > 0 ? "partial" : "full", findings };
}

/** A signature counts for the keys that it covers and that one who made it may sign. */
function coveringBy(
	signatures: readonly VerifiedSignature[],
	scopes: readonly SigningScope[],
): (key: string) => boolean {
	const grants = signatures.flatMap(({ signature, trustedBy }) => {
		const own = scopes.filter(({ trusts }) => trusts.some((trust) => trustedBy.includes(trust)));
		return signature === undefined || own.length === 0 ? [] : [{ signature, own }];
	});
	return (key) =>
		grants.some(
			({ signature, own }) =>
				signature.included(key) && !signature.excluded(key) && own.some((scope) => scope.covers(key)),
		);
}

function needsNone(state: State, key: string, covered: ReadonlySet<string>): boolean {
	if (key === "#spec") return true;
	const name = /^([^/]+)\/(?:src|build)\.json$/.exec(key)?.[1];
	if (name !== undefined) return covered.has(`${name}/run.json`);
	const value = state.get(key);
	return /^[^/]*-mapping\.json$/.test(key) && isJsonObject(value) && value.size === 0;
}

/** Which attestations are required, and which of them hold and are trusted. */
export interface AttestationDemand {
	readonly require?: readonly string[] | undefined;
	readonly attested?: readonly string[] | undefined;
}

/** What is required besides signatures, by options and by a policy. */
export function lintRequired(
	{ require = [], attested = [] }: AttestationDemand,
	byPolicy: readonly string[],
): Finding[] {
	const missing = [...new Set([...byPolicy, ...require])].filter((kind) => !attested.includes(kind));
	return missing.map((kind) => {
		const who = byPolicy.includes(kind) ? "the policy" : "--require";
		const message = `${who} requires an attestation of kind ${kind}, and no trusted one was found`;
		return trustFinding("TRUST_ATTESTATION", byPolicy.includes(kind) ? "policy" : "trust", message);
	});
}

/** Files in the signatures' place that are none to a device. */
export function lintSignatureSpecs(state: State, signatures: readonly VerifiedSignature[]): Finding[] {
	const read = new Set(signatures.map(({ key }) => key));
	return [...state.keys()]
		.filter((key) => key.startsWith("_sigs/") && !read.has(key))
		.map((key) => trustFinding("SIGNATURE_SPEC", key));
}
