import { PvpkgError } from "../../ground/bytes/index.js";
import type { Finding } from "../../ground/findings/index.js";
import type { Chain } from "../../pantavisor/signing/index.js";
import type { AttestationScope } from "../../verify/index.js";
import { checkSbom, parseSbom, type SbomImage } from "../sbom/index.js";
import { type Attestation, parseAttestation } from "./envelope-reader.js";
import { PAYLOAD_TYPE, STATE_SUBJECT, type StatementKind } from "./identifiers.js";
import { attestFinding } from "./rules.js";
import { checkSignatures } from "./signature-check.js";
import { builderOf, documentOf, imagesOf, parseStatement, type StatementFacts } from "./statement-reader.js";

/** The identity and contents of a package, for checking statements about it. */
export interface AttestedPackage {
	/** SHA-256 of its state without signatures, which does not depend on who signed it. */
	readonly identity: string;
	/** SHA-256 of the file; undefined for a checkout or a state. */
	readonly file: string | undefined;
	/** SHA-256 of every object, by its key. */
	readonly objects: ReadonlyMap<string, string>;
	/** Root file systems, for SBOMs. */
	readonly images: readonly SbomImage[];
	/** Chains of certificates of the package's own signatures. */
	readonly chains: readonly Chain[];
}

export interface AttestationVerdict {
	readonly findings: readonly Finding[];
	/** The kind of statement that a trusted signer attests; undefined if anything is wrong with the file. */
	readonly attested: StatementKind | undefined;
}

/** Trusted keys, and the severity of statements without a trusted signature. */
export interface AttestationTrust {
	readonly scopes: readonly AttestationScope[];
	/** Whether a statement without a trusted signature is an error. */
	readonly strict: boolean;
}

/**
 * Checks that a file is a sound attestation of a package: its form, types, signature, subjects, builder and
 * images (hermetic.md 3.3). All faults are returned as findings.
 * @param subject the file, for findings.
 */
export function checkAttestation(
	bytes: Uint8Array,
	subject: string,
	about: AttestedPackage,
	{ scopes, strict }: AttestationTrust,
): AttestationVerdict {
	const findings: Finding[] = [];
	try {
		const attestation = parseAttestation(bytes, subject);
		if (attestation.form !== "statement" && attestation.payloadType !== PAYLOAD_TYPE) {
			const message = `expected a payload of type ${PAYLOAD_TYPE}, got ${attestation.payloadType}`;
			return { findings: [attestFinding("ATT_TYPE", subject, message)], attested: undefined };
		}
		const { granted, isAltered } = checkSignatures(attestation, scopes, about.chains);
		if (granted.length === 0) findings.push(untrusted(attestation, subject, isAltered, strict));
		const facts = parseStatement(attestation.payload, subject);
		findings.push(...checkFacts(facts, subject, about, granted));
		const isSound = granted.length > 0 && findings.every(({ severity }) => severity !== "error");
		return { findings, attested: isSound ? facts.kind : undefined };
	} catch (error) {
		if (!(error instanceof PvpkgError) || error.kind !== "input") throw error;
		const start = `${subject}: `;
		const message = error.message.startsWith(start) ? error.message.slice(start.length) : error.message;
		return { findings: [...findings, attestFinding("ATT_FORM", subject, message)], attested: undefined };
	}
}

function untrusted(attestation: Attestation, subject: string, isAltered: boolean, strict: boolean): Finding {
	if (isAltered) return attestFinding("ATT_SIGNATURE", subject);
	const message = attestation.signatures.length === 0 ? "has no signature" : undefined;
	return attestFinding("ATT_UNTRUSTED", subject, message, strict ? "error" : "warning");
}

function checkFacts(
	facts: StatementFacts,
	subject: string,
	about: AttestedPackage,
	granted: readonly AttestationScope[],
): Finding[] {
	const { kind, type, predicateType } = facts;
	if (kind === undefined) {
		const message = `expected an in-toto statement v1 with provenance or an SBOM, got ${type} with ${predicateType}`;
		return [attestFinding("ATT_TYPE", subject, message)];
	}
	const more =
		kind === "provenance"
			? checkPolicy(facts, subject, granted)
			: checkSbom(parseSbom(documentOf(facts), subject), about, subject);
	return [...checkSubjects(facts, subject, about), ...more];
}

/** Checks that a statement names the state or the file, and contradicts neither them nor an object. */
function checkSubjects({ subjects }: StatementFacts, subject: string, about: AttestedPackage): Finding[] {
	const { identity, file, objects } = about;
	const isFile = file !== undefined && subjects.some(({ sha256 }) => sha256 === file);
	const states = subjects.filter(({ name }) => name === STATE_SUBJECT);
	const isState = states.some(({ sha256 }) => sha256 === identity);
	const wrong = [
		...states.filter(({ sha256 }) => sha256 !== identity),
		...subjects.filter(({ name, sha256 }) => objects.has(name) && objects.get(name) !== sha256),
	];
	if (wrong.length > 0) {
		return wrong.map(({ name, sha256 }) => {
			const expected = name === STATE_SUBJECT ? identity : objects.get(name);
			return attestFinding("ATT_SUBJECT", subject, `${name}: expected sha256 ${expected}, got ${sha256}`);
		});
	}
	if (isFile || (isState && file === undefined)) return [];
	if (isState) return [attestFinding("ATT_FILE", subject)];
	const expected = file === undefined ? `state ${identity}` : `file ${file} or state ${identity}`;
	return [attestFinding("ATT_SUBJECT", subject, `expected a subject that is ${expected}, got none`)];
}

/** Checks the builder and the images. They need a signature by a key of their own entry of the policy. */
function checkPolicy(
	facts: StatementFacts,
	subject: string,
	granted: readonly AttestationScope[],
): Finding[] {
	const builder = builderOf(facts);
	const images = imagesOf(facts);
	const allows = ({ builds, images: fits }: AttestationScope): boolean =>
		(builds?.(builder) ?? true) && (fits === undefined || (images.length > 0 && images.every(fits)));
	if (granted.length === 0 || granted.some(allows)) return [];
	const got = `builder ${builder || "none"}, images ${images.join(", ") || "none"}`;
	return [attestFinding("ATT_POLICY", subject, `the policy does not allow it with this key: ${got}`)];
}
