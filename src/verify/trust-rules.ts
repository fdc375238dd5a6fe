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

/** Rules for who signed the files of a state. */
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
		reason: "--require-trust: nobody is trusted, so that no signature shows who made it",
		remedy: "name whom to trust with --cacerts, --pubkey or --policy",
	},
	TRUST_ATTESTATION: {
		severity: "error",
		reason: "the policy requires an attestation, and no trusted one was found",
		remedy: "publish the package with its attestations, and verify it together with them",
	},
	SIGNATURE_INVALID: {
		severity: "error",
		reason: "the signature is not valid, or its signer is not trusted",
		remedy: "get the package from its maker again, or trust the maker's key or authority",
	},
	SIGNATURE_UNTRUSTED: {
		severity: "warning",
		reason: "is valid, but only its own key confirms it",
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

interface Judged {
	readonly trust: TrustLevel;
	readonly findings: readonly Finding[];
}

/** Whether nothing is wrong but who vouches for it. Without a trust root, a signature that does not hold is unsound. */
export function failsTrustAlone({ trust, findings }: Judged): boolean {
	const errors = findings.filter(({ severity }) => severity === "error");
	const isTrust = ({ code }: Finding): boolean =>
		trust === "none" ? code === "TRUST_NONE" : Object.hasOwn(TRUST_RULES, code);
	return errors.length > 0 && errors.every(isTrust);
}

export const trustFinding: Finder<TrustRuleId> = finder(TRUST_RULES);

/**
 * The result of checking trust: no trust root was given; everything, or all that needs it, is covered; something is
 * not.
 */
export type TrustLevel = "none" | "full" | "partial" | "failed";

export interface TrustVerdict {
	readonly level: TrustLevel;
	readonly findings: readonly Finding[];
}

/**
 * Checks a state against its trust root: every key must be covered by a signature of somebody who is trusted for
 * it. What no device starts or mounts is exempt: `#spec`, signatures, `src.json` and `build.json` beside a covered
 * `run.json`, and empty mappings. Other files in `_sigs/` are not exempt: importers read their patterns, and remove
 * by them what others have on the device.
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

/** Returns a function that tells whether a signature covers a key, and its signer may sign that key. */
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

/** The attestations that are required, and those that are valid and trusted. */
export interface AttestationDemand {
	readonly require?: readonly string[] | undefined;
	readonly attested?: readonly string[] | undefined;
}

/** Checks what options and a policy require besides signatures. */
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

/** Reports files in the place of signatures that devices do not take for signatures. */
export function lintSignatureSpecs(state: State, signatures: readonly VerifiedSignature[]): Finding[] {
	const read = new Set(signatures.map(({ key }) => key));
	return [...state.keys()]
		.filter((key) => key.startsWith("_sigs/") && !read.has(key))
		.map((key) => trustFinding("SIGNATURE_SPEC", key));
}
