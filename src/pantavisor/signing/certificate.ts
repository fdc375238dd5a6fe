import { type KeyObject, X509Certificate } from "node:crypto";
import { SigningError } from "./errors.js";
import { describePem, parsePem } from "./pem.js";

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const ANY_USAGE = "2.5.29.37.0";
/** More certificates than any real chain has. */
const MAXIMUM_CHAIN = 10;
const ABOUT_DATES = "(--no-dates does not look at dates, as devices do not)";

/** All certificates of a PEM text, in order. @throws SigningError ERR_CERTIFICATE */
export function parseCertificates(pem: string | Uint8Array, subject: string): X509Certificate[] {
	const blocks = parsePem(pem);
	const certificates = blocks
		.filter(({ label }) => label === "CERTIFICATE")
		.map(({ bytes }, i) => decodeCertificate(bytes, `${subject}: certificate ${i + 1}`));
	if (certificates.length === 0) throw refusal(subject, `expected certificates, got ${describePem(blocks)}`);
	return certificates;
}

/** @throws SigningError ERR_CERTIFICATE */
export function decodeCertificate(der: Uint8Array, subject: string): X509Certificate {
	try {
		return new X509Certificate(der);
	} catch (cause) {
		throw new SigningError("ERR_CERTIFICATE", `${subject}: read certificate: it is damaged`, { cause });
	}
}

/**
 * Checks a chain as the device needs it: the first certificate is the key's own, each next
 * one issued the one before it.
 *
 * @throws SigningError ERR_CERTIFICATE
 */
export function checkChain(chain: readonly X509Certificate[], key: KeyObject, subject: string): void {
	const [leaf] = chain;
	if (leaf === undefined) throw refusal(subject, "expected at least one certificate, got none");
	if (!leaf.publicKey.equals(key)) {
		const own = chain.findIndex((certificate) => certificate.publicKey.equals(key));
		const got = own < 0 ? "none of them" : `certificate ${own + 1}`;
		throw refusal(subject, `expected the signing key's certificate first, got ${got} with that key`);
	}
	for (const [i, certificate] of chain.slice(0, -1).entries()) {
		if (isIssuedBy(certificate, chain[i + 1]!)) continue;
		throw refusal(
			subject,
			`expected certificate ${i + 2} to be the issuer of certificate ${i + 1}, got ${oneLine(chain[i + 1]!.subject)}`,
		);
	}
}

export interface ChainOptions {
	/** Milliseconds since 1970 to check validity at; undefined: dates are not looked at, as on devices. */
	readonly time: number | undefined;
}

/**
 * Whether the first certificate chains to one of `authorities`, the rest being intermediates in
 * any order, with the extended usage code signing (spec/pvr-behaviour.md 8.9).
 *
 * @throws SigningError ERR_CERTIFICATE with the reason.
 */
export function verifyChain(
	[leaf, ...intermediates]: readonly [X509Certificate, ...X509Certificate[]],
	authorities: readonly X509Certificate[],
	{ time }: ChainOptions,
	subject: string,
): void {
	let current = leaf;
	for (let depth = 0; depth < MAXIMUM_CHAIN; depth++) {
		checkUse(current, time, depth > 0, subject);
		if (authorities.some((authority) => authority.raw.equals(current.raw))) return;
		const authority = authorities.find((candidate) => isIssuedBy(current, candidate));
		if (authority) {
			checkUse(authority, time, true, subject);
			return;
		}
		const next = intermediates.find((candidate) => candidate !== current && isIssuedBy(current, candidate));
		if (next === undefined) break;
		current = next;
	}
	throw refusal(subject, `expected a chain to a trusted authority, got none for ${oneLine(current.issuer)}`);
}

function checkUse(
	certificate: X509Certificate,
	time: number | undefined,
	issuer: boolean,
	subject: string,
): void {
	const name = oneLine(certificate.subject);
	if (issuer && !certificate.ca)
		throw refusal(subject, `${name} is no authority but issued another certificate`);
	const usages = certificate.keyUsage as readonly string[] | undefined;
	if (usages?.length && !usages.includes(CODE_SIGNING) && !usages.includes(ANY_USAGE)) {
		throw refusal(subject, `${name}: expected the extended usage code signing, got ${usages.join(", ")}`);
	}
	if (time === undefined) return;
	if (time < Date.parse(certificate.validFrom)) {
		throw refusal(subject, `${name} is valid only from ${certificate.validFrom} ${ABOUT_DATES}`);
	}
	if (time > Date.parse(certificate.validTo))
		throw refusal(subject, `${name} expired on ${certificate.validTo} ${ABOUT_DATES}`);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
	return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Distinguished names have one attribute per line. */
function oneLine(name: string | undefined): string {
	return (name ?? "").replaceAll("\n", ", ");
}

function refusal(subject: string, reason: string): SigningError {
	return new SigningError("ERR_CERTIFICATE", `${subject}: certificate chain: ${reason}`);
}
