import { type KeyObject, X509Certificate } from "node:crypto";
import { isUsableExponent } from "./certificate-strength.js";
import { pathProblem } from "./certification-path.js";
import { SigningError } from "./errors.js";
import { describePem, parsePem } from "./pem.js";

/** More certificates than any real chain has. */
const MAXIMUM_CHAIN = 10;
/** Most signatures that are checked during the search for a path: a chain has one for each certificate. */
const MAXIMUM_CHECKS = 24;

/** Returns all certificates of a PEM text, in order. @throws SigningError ERR_CERTIFICATE */
export function parseCertificates(pem: string | Uint8Array, subject: string): X509Certificate[] {
	const blocks = parsePem(pem);
	const certificates = blocks
		.filter(({ label }) => label === "CERTIFICATE")
		.map(({ bytes }, i) => decodeCertificate(bytes, `${subject}: certificate ${i + 1}`));
	if (certificates.length === 0) throw refusal(subject, `expected certificates, got ${describePem(blocks)}`);
	return certificates;
}

/** Decodes a certificate from DER, and refuses anything else. @throws SigningError ERR_CERTIFICATE */
export function decodeCertificate(der: Uint8Array, subject: string): X509Certificate {
	let certificate: X509Certificate;
	try {
		certificate = new X509Certificate(der);
	} catch (cause) {
		throw new SigningError("ERR_CERTIFICATE", `${subject}: read certificate: it is damaged`, { cause });
	}
	// Node also accepts PEM, ignores what follows a certificate, and accepts some encodings that are not DER.
	if (certificate.raw.equals(der)) return certificate;
	throw new SigningError(
		"ERR_CERTIFICATE",
		`${subject}: read certificate: expected one certificate in DER, got another form, or more bytes after it`,
	);
}

/**
 * Checks a chain as the device needs it: the first certificate is that of the key, and each further one issued the
 * one before it.
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
	/** Milliseconds since 1970 at which certificates must be valid; undefined: dates are ignored, as on devices. */
	readonly time: number | undefined;
	/** Whether the first certificate may be that of an authority. Default: false. */
	readonly authorityMaySign?: boolean | undefined;
}

/**
 * Checks that the first certificate chains to one of `authorities` by a valid path (`pathProblem`), and may sign
 * code (docs/formats/pvr.md#checking). The other certificates are intermediates in any order.
 * @throws SigningError ERR_CERTIFICATE with the reason.
 */
export function verifyChain(
	[leaf, ...intermediates]: readonly [X509Certificate, ...X509Certificate[]],
	authorities: readonly X509Certificate[],
	{ time, authorityMaySign = false }: ChainOptions,
	subject: string,
): void {
	let first: string | undefined;
	let checks = 0;
	let furthest: readonly X509Certificate[] = [leaf];
	const search = (path: readonly X509Certificate[]): boolean => {
		const current = path.at(-1)!;
		if (path.length > furthest.length) furthest = path;
		if (authorities.some((authority) => authority.raw.equals(current.raw))) return judge(path);
		for (const authority of authorities) {
			if (isIssuedBy(current, authority) && judge([...path, authority])) return true;
		}
		if (path.length >= MAXIMUM_CHAIN) return false;
		const others = intermediates.filter((candidate) => !path.some((own) => own.raw.equals(candidate.raw)));
		return others.some((candidate) => {
			if (!current.checkIssued(candidate) || ++checks > MAXIMUM_CHECKS) return false;
			return isIssuedBy(current, candidate) && search([...path, candidate]);
		});
	};
	const judge = (path: readonly X509Certificate[]): boolean => {
		const problem = pathProblem(path, time, authorityMaySign);
		first ??= problem;
		return problem === undefined;
	};
	if (search([leaf])) return;
	const limit = checks > MAXIMUM_CHECKS ? ` within the limit of ${MAXIMUM_CHECKS} checks of signatures` : "";
	const none = `expected a chain to a trusted authority${limit}, got none for ${oneLine(furthest.at(-1)!.issuer)}`;
	throw refusal(subject, first ?? none);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
	if (!certificate.checkIssued(issuer)) return false;
	const { asymmetricKeyDetails: details } = issuer.publicKey;
	return isUsableExponent(details?.publicExponent) && certificate.verify(issuer.publicKey);
}

/** Returns a distinguished name, which has one attribute per line, as one line. */
function oneLine(name: string | undefined): string {
	return (name ?? "").replaceAll("\n", ", ");
}

function refusal(subject: string, reason: string): SigningError {
	return new SigningError("ERR_CERTIFICATE", `${subject}: certificate chain: ${reason}`);
}
