import type { X509Certificate } from "node:crypto";
import {
	type CertificateFields,
	EXTENSIONS,
	type NameConstraints,
	readFields,
} from "./certificate-fields.js";
import { keyProblem, signatureProblem } from "./certificate-strength.js";
import { DerError } from "./der.js";
import { brokenConstraint } from "./name-constraints.js";

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const ANY_USAGE = "2.5.29.37.0";
const ABOUT_DATES = "(--no-dates ignores dates, as devices do)";
/** Bits of the key usage (RFC 5280, 4.2.1.3). */
const DIGITAL_SIGNATURE = 1 << 0;
const CONTENT_COMMITMENT = 1 << 1;
const CERTIFICATE_SIGN = 1 << 5;

const UNDERSTOOD: ReadonlySet<string> = new Set(Object.values(EXTENSIONS));

/** A certificate and its fields. */
interface PathCertificate {
	readonly certificate: X509Certificate;
	readonly fields: CertificateFields;
}

/**
 * Returns what is wrong with a path from a leaf to a trusted certificate: it checks RFC 5280, 6.1, and that the
 * leaf may sign code. Stricter than RFC 5280: no MD5 or SHA-1 below the anchor, RSA of 2048 bits or more, known
 * curves, no authority as signer. Critical policy constraints and mappings are not understood, and therefore
 * refused.
 *
 * @param time milliseconds since 1970; undefined: dates are ignored, as on devices.
 * @param authorityMaySign whether the leaf may be an authority, for a leaf whose key is trusted by itself.
 * @returns undefined for a valid path.
 */
export function pathProblem(
	path: readonly X509Certificate[],
	time: number | undefined,
	authorityMaySign: boolean,
): string | undefined {
	const read: PathCertificate[] = [];
	for (const certificate of path) {
		const fields = fieldsOf(certificate);
		if (fields === undefined) return `${nameOf(certificate)} is malformed`;
		read.push({ certificate, fields });
	}
	const [leaf, ...issuers] = read;
	return (
		(authorityMaySign ? undefined : leafProblem(leaf!)) ??
		firstOf(read.map((item, i) => certificateProblem(item, i === read.length - 1, time))) ??
		firstOf(issuers.map((item, i) => issuerProblem(item, read.slice(1, i + 1)))) ??
		firstOf(issuers.map((item, i) => constraintProblem(item, read.slice(0, i + 1))))
	);
}

function fieldsOf(certificate: X509Certificate): CertificateFields | undefined {
	try {
		return readFields(certificate);
	} catch (cause) {
		if (!(cause instanceof DerError)) throw cause;
		return undefined;
	}
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
	return problems.find((problem) => problem !== undefined);
}

function leafProblem({ certificate, fields }: PathCertificate): string | undefined {
	const name = nameOf(certificate);
	const { isAuthority, keyUsage } = fields;
	if (isAuthority) return `${name} is an authority: expected a certificate that signs packages alone`;
	if (keyUsage === undefined || keyUsage & (DIGITAL_SIGNATURE | CONTENT_COMMITMENT)) return undefined;
	return `${name}: its key usage does not allow signatures`;
}

function certificateProblem(
	{ certificate, fields }: PathCertificate,
	isAnchor: boolean,
	time: number | undefined,
): string | undefined {
	const name = nameOf(certificate);
	const forged = isAnchor ? undefined : signatureProblem(fields);
	if (forged !== undefined) return `${name} is signed with ${forged}`;
	const weak = keyProblem(certificate.publicKey);
	if (weak !== undefined) return `${name}: ${weak}`;
	const unknown = fields.extensions.find(({ oid, critical }) => critical && !UNDERSTOOD.has(oid));
	if (unknown !== undefined)
		return `${name} has the critical extension ${unknown.oid}, which is not understood`;
	const usages = certificate.keyUsage as readonly string[] | undefined;
	if (usages?.length && !usages.includes(CODE_SIGNING) && !usages.includes(ANY_USAGE)) {
		return `${name}: expected the extended usage code signing, got ${usages.join(", ")}`;
	}
	return dateProblem(certificate, time);
}

function dateProblem(certificate: X509Certificate, time: number | undefined): string | undefined {
	if (time === undefined) return undefined;
	const { validFrom, validTo } = certificate;
	if (Number.isNaN(Date.parse(validFrom)) || Number.isNaN(Date.parse(validTo)))
		return `${nameOf(certificate)} has dates that cannot be read ${ABOUT_DATES}`;
	if (time < Date.parse(validFrom))
		return `${nameOf(certificate)} is valid only from ${validFrom} ${ABOUT_DATES}`;
	return time > Date.parse(validTo)
		? `${nameOf(certificate)} expired on ${validTo} ${ABOUT_DATES}`
		: undefined;
}

/** Returns why a certificate must not issue others. @param below authorities between this one and the leaf. */
function issuerProblem(
	{ certificate, fields }: PathCertificate,
	below: readonly PathCertificate[],
): string | undefined {
	const name = nameOf(certificate);
	const { isAuthority, keyUsage, pathLength } = fields;
	if (!isAuthority) return `${name} is not an authority but issued another certificate`;
	if (keyUsage !== undefined && (keyUsage & CERTIFICATE_SIGN) === 0)
		return `${name}: its key usage does not allow it to issue certificates`;
	const count = below.filter((item) => !isSelfIssued(item)).length;
	if (pathLength === undefined || count <= pathLength) return undefined;
	return `${name} allows ${pathLength} authorities below it, got ${count}`;
}

/**
 * Returns which name constraint of an authority is broken. Self-issued certificates other than the leaf are exempt
 * (RFC 5280, 6.1.3 (b)).
 * @param below certificates below this one, leaf first.
 */
function constraintProblem(
	{ certificate, fields }: PathCertificate,
	below: readonly PathCertificate[],
): string | undefined {
	const { nameConstraints } = fields;
	if (nameConstraints === undefined) return undefined;
	for (const [i, item] of below.entries()) {
		if (i > 0 && isSelfIssued(item)) continue;
		const broken = brokenName(item.fields, nameConstraints);
		if (broken !== undefined)
			return `${nameOf(item.certificate)}: ${broken} by the name constraints of ${nameOf(certificate)}`;
	}
	return undefined;
}

function brokenName(fields: CertificateFields, constraints: NameConstraints): string | undefined {
	try {
		return brokenConstraint(fields, constraints);
	} catch (cause) {
		if (!(cause instanceof DerError)) throw cause;
		return "its names cannot be compared, they are malformed";
	}
}

function isSelfIssued({ fields }: PathCertificate): boolean {
	return Buffer.from(fields.subject).equals(fields.issuer);
}

/** Returns the subject of a certificate, which has one attribute per line, as one line. */
function nameOf({ subject }: X509Certificate): string {
	return (subject ?? "").replaceAll("\n", ", ") || "a certificate without a name";
}
