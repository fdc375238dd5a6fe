import type { Finding } from "../ground/findings/index.js";
import { lintState } from "../pantavisor/rules/index.js";
import {
	type Coverage,
	coverageOf,
	lintShared,
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
	/** The text of the state as given: whether signatures can be checked depends on its form. */
	readonly text?: Uint8Array | undefined;
	/** The objects; undefined: only the state is verified. */
	readonly objects?: ObjectListing | undefined;
	/** Findings of earlier steps, which the report includes. */
	readonly findings?: readonly Finding[] | undefined;
}

export interface VerifyOptions extends ArchitectureRequest {
	/**
	 * The trust root: every file must be covered by a signature of somebody in it. Undefined, without a policy:
	 * only the structure is judged, and signatures are checked against the keys that they contain.
	 */
	readonly trust?: Trust | undefined;
	/** Who may sign what, in place of `trust`. */
	readonly policy?: Policy | undefined;
	/** Kinds of attestations about it that are valid and made by a trusted signer. */
	readonly attested?: readonly string[] | undefined;
	/** Kinds of attestations that it must have, besides those that the policy requires. */
	readonly require?: readonly string[] | undefined;
	/** Patterns of keys that need no signature. */
	readonly allowUnsigned?: readonly string[] | undefined;
	/** Whether an absent trust root is an error. */
	readonly requireTrust?: boolean | undefined;
	/** Whether every key must be covered or excluded, as strict secure boot demands. */
	readonly strict?: boolean | undefined;
	/** Whether the state is all that a device runs. Default: it is only a part of it. */
	readonly whole?: boolean | undefined;
	/** The kernel that has to mount the images; undefined: any. */
	readonly kernel?: KernelTarget | undefined;
	/** Whether an image that could not be read causes only a warning. */
	readonly allowUnchecked?: boolean | undefined;
	/** Whether to read every byte of every image. Default: true. */
	readonly readImages?: boolean | undefined;
}

/** The result of verifying a package, a checkout or a state. */
export interface VerifyReport {
	/** Whether no finding is an error. */
	readonly ok: boolean;
	/** The result of checking trust; "none" without a trust root. */
	readonly trust: TrustLevel;
	readonly findings: readonly Finding[];
	readonly signatures: readonly VerifiedSignature[];
	readonly coverage: Coverage;
	/** Options of a kernel's configuration that each image needs, by the image's key. */
	readonly images: Readonly<Record<string, readonly string[]>>;
	/** Number of objects that were hashed. */
	readonly objects: number;
	/** Total size of these objects in bytes. */
	readonly bytes: number;
}

/**
 * Checks everything that a device would look at, and what it would not notice: the form of the archive and of the
 * state, the hash of every object, containers, images, signatures, who made them and what they cover
 * (docs/formats/devices.md). Problems are returned as findings.
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
		...lintShared(state, read),
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

/** Removes from an error message the subject at its start, which the finding already has. */
function withoutSubject(message: string, subject: string): string {
	return message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
}
