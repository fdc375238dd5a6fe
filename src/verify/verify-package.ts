import { error, type Finding, lintState, warning } from "../pantavisor/rules/index.js";
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
import { type ImageCheck, lintObjects, type ObjectListing } from "./object-rules.js";
import { lintStateText } from "./state-text.js";

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

export interface VerifyOptions {
	/** Whom to believe; undefined: signatures are checked against the keys they bring along. */
	readonly trust?: Trust | undefined;
	/** Whether every key must be covered or excluded, as strict secure boot demands. */
	readonly strict?: boolean | undefined;
	readonly checkImage?: ImageCheck | undefined;
}

export interface VerifyReport {
	/** No finding is an error. */
	readonly ok: boolean;
	readonly findings: readonly Finding[];
	readonly signatures: readonly VerifiedSignature[];
	readonly coverage: Coverage;
	/** Objects whose bytes were hashed. */
	readonly objects: number;
	/** Their bytes. */
	readonly bytes: number;
}

/**
 * Checks everything a device would look at, and what it would not notice: the form of the
 * archive and of the state, every object's hash, containers, images, signatures and what they
 * cover (spec/device.md). Whatever is wrong comes as a finding.
 */
export async function verifyPackage(subject: Verifiable, options: VerifyOptions = {}): Promise<VerifyReport> {
	const { state, objects } = subject;
	const signatures = verifyState(state, options.trust ?? { embedded: true });
	const read = signatures.flatMap(({ signature }) => signature ?? []);
	const coverage = coverageOf(state, read);
	const use = objects === undefined ? "alone" : signatures.length > 0 ? "signed" : "unsigned";
	const sizes = objects ? stateObjects(state).map((sha256) => objects.get(sha256)?.size ?? 0) : [];
	const findings = [
		...(subject.findings ?? []),
		...(subject.text ? lintStateText(state, subject.text, use) : []),
		...lintState(state),
		...(objects ? await lintObjects(state, objects, options.checkImage) : []),
		...lintSignatures(state, signatures, options),
		...lintUnsigned(state, read),
		...(options.strict ? coverage.uncovered.map(uncovered) : []),
	];
	return {
		ok: findings.every(({ severity }) => severity !== "error"),
		findings,
		signatures,
		coverage,
		objects: sizes.length,
		bytes: sizes.reduce((sum, size) => sum + size, 0),
	};
}

function uncovered(key: string): Finding {
	return error("STATE_UNCOVERED", key, "strict secure boot refuses it: no signature includes or excludes it");
}

function lintSignatures(
	state: State,
	signatures: readonly VerifiedSignature[],
	{ trust }: VerifyOptions,
): Finding[] {
	return signatures.flatMap(({ key, signature, error: cause }) => [
		...(cause ? [error("SIGNATURE_INVALID", key, withoutSubject(cause.message, key))] : []),
		...(cause || trust
			? []
			: [warning("SIGNATURE_UNTRUSTED", key, "holds, but only the key it brings along vouches for it")]),
		...(signature ? lintSignature(state, signature) : []),
	]);
}

/** Messages of errors begin with what a finding has as its subject. */
function withoutSubject(message: string, subject: string): string {
	return message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
}
