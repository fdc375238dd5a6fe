import type { Finding } from "../ground/findings/index.js";
import { lintState } from "../pantavisor/rules/index.js";
import {
	type Coverage,
	coverageOf,
	lintSignature,
	lintUnsigned,
	type Trust,
	type VerifiedSignature,
	verifyState,
} from "../pantavisor/signing/index.js";
import { type State, stateObjects } from "../pantavisor/state/index.js";
import type { KernelTarget } from "../squashfs/kernel/index.js";
import { type ArchitectureRequest, lintArchitecture } from "./architecture-rules.js";
import { lintObjects, type ObjectListing } from "./object-rules.js";
import type { Policy, SigningScope } from "./policy.js";
import { anyPathPattern } from "./policy-pattern.js";
import { lintStateText } from "./state-text.js";
import {
	judgeTrust,
	lintRequired,
	lintSignatureSpecs,
	type TrustLevel,
	type TrustVerdict,
	trustFinding,
} from "./trust-rules.js";

/** What is verified: a package, a checkout, or a state by itself. */
export interface Verifiable {
	readonly state: State;
	/** The state's text as it stands; its form counts for signatures. */
	readonly text?: Uint8Array | undefined;
	/** Undefined: the state alone is verified. */
	readonly objects?: ObjectListing | undefined;
	/** What was found before. */
	readonly findings?: readonly Finding[] | undefined;
}

export interface VerifyOptions extends ArchitectureRequest {
	/**
	 * The trust root: every file must be covered by a signature of somebody in it. Undefined, without a policy:
	 * only the structure is judged, and signatures are checked against the keys that they bring along.
	 */
	readonly trust?: Trust | undefined;
	/** In place of `trust`: who may sign what. */
	readonly policy?: Policy | undefined;
	/** Kinds of attestations about it that hold, and that somebody who is trusted made. */
	readonly attested?: readonly string[] | undefined;
	/** Kinds of attestations that it must have, besides those that the policy requires. */
	readonly require?: readonly string[] | undefined;
	/** Patterns of keys that need no signature. */
	readonly allowUnsigned?: readonly string[] | undefined;
	/** Whether it is an error that nobody is trusted. */
	readonly requireTrust?: boolean | undefined;
	/** Whether every key must be covered or excluded, as strict secure boot demands. */
	readonly strict?: boolean | undefined;
	/** Whether the state is all that a device runs. Default: it is a part of it. */
	readonly whole?: boolean | undefined;
	/** The kernel that has to mount the images; undefined: any. */
	readonly kernel?: KernelTarget | undefined;
	/** Whether it is only a warning that an image could not be read. */
	readonly allowUnchecked?: boolean | undefined;
	/** Whether every byte of every image is read. Default: true. */
	readonly readImages?: boolean | undefined;
}

/** What was found of a package, a checkout or a state. */
export interface VerifyReport {
	/** No finding is an error. */
	readonly ok: boolean;
	/** What the trust root says of it; "none" without one. */
	readonly trust: TrustLevel;
	readonly findings: readonly Finding[];
	readonly signatures: readonly VerifiedSignature[];
	readonly coverage: Coverage;
	/** Options of a kernel's configuration that the images need, by their keys. */
	readonly images: Readonly<Record<string, readonly string[]>>;
	/** Objects whose bytes were hashed. */
	readonly objects: number;
	/** Their bytes. */
	readonly bytes: number;
}

/**
 * Checks everything a device would look at, and what it would not notice: the form of the archive and of
 * the state, every object's hash, containers, images, signatures, who made them and what they cover
 * (docs/formats/devices.md). Whatever is wrong comes as a finding.
 */
export async function verifyPackage(subject: Verifiable, options: VerifyOptions = {}): Promise<VerifyReport> {
	const { state, objects } = subject;
	const scopes = signingScopes(options);
	const trusts = scopes.flatMap((scope) => scope.trusts);
	const signatures = verifyState(state, scopes.length > 0 || options.policy ? trusts : { embedded: true });
	const read = signatures.flatMap(({ signature }) => signature ?? []);
	const coverage = coverageOf(state, read);
	const use = objects === undefined ? "alone" : signatures.length > 0 ? "signed" : "unsigned";
	const sizes = objects ? stateObjects(state).map((sha256) => objects.get(sha256)?.size ?? 0) : [];
	const images: Record<string, readonly string[]> = {};
	const { kernel: target, allowUnchecked, readImages = true } = options;
	const onNeeds = (key: string, needs: readonly string[]): void => {
		images[key] = needs;
	};
	const imageRequest = { target, allowUnchecked, readImages, onNeeds };
	const trust = trustOf(state, signatures, scopes, options);
	const missing = lintRequired(options, options.policy?.require ?? []);
	const findings = [
		...(subject.findings ?? []),
		...(subject.text ? lintStateText(state, subject.text, use) : []),
		...lintState(state, { whole: options.whole }),
		...(objects ? await lintObjects(state, objects, imageRequest) : []),
		...(objects && readImages ? lintArchitecture(state, objects, options) : []),
		...lintSignatures(state, signatures, trust.level === "none"),
		...lintSignatureSpecs(state, signatures),
		...lintUnsigned(state, read),
		...trust.findings,
		...missing,
		...(options.strict ? coverage.uncovered.map((key) => trustFinding("STATE_UNCOVERED", key)) : []),
	];
	return {
		ok: findings.every(({ severity }) => severity !== "error"),
		trust: missing.length > 0 ? "failed" : trust.level,
		findings,
		signatures,
		coverage,
		images,
		objects: sizes.length,
		bytes: sizes.reduce((sum, size) => sum + size, 0),
	};
}

function signingScopes({ trust, policy }: VerifyOptions): readonly SigningScope[] {
	if (policy !== undefined) return policy.sign;
	const isRoot = trust !== undefined && !trust.embedded;
	return isRoot ? [{ trusts: [trust], covers: () => true }] : [];
}

function trustOf(
	state: State,
	signatures: readonly VerifiedSignature[],
	scopes: readonly SigningScope[],
	{ policy, allowUnsigned = [], requireTrust }: VerifyOptions,
): TrustVerdict {
	if (scopes.length === 0 && policy === undefined) {
		return { level: "none", findings: requireTrust ? [trustFinding("TRUST_NONE", "trust")] : [] };
	}
	const byOption = anyPathPattern(allowUnsigned);
	const allowed = (key: string): boolean => byOption(key) || policy?.unsigned(key) === true;
	return judgeTrust(state, signatures, scopes, allowed);
}

function lintSignatures(
	state: State,
	signatures: readonly VerifiedSignature[],
	isUntrusted: boolean,
): Finding[] {
	return signatures.flatMap(({ key, signature, error: cause }) => [
		...(cause ? [trustFinding("SIGNATURE_INVALID", key, withoutSubject(cause.message, key))] : []),
		...(cause || !isUntrusted ? [] : [trustFinding("SIGNATURE_UNTRUSTED", key)]),
		...(signature ? lintSignature(state, signature) : []),
	]);
}

/** Messages of errors begin with what a finding has as its subject. */
function withoutSubject(message: string, subject: string): string {
	return message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
}
