import type { KeyObject } from "node:crypto";
import { type CertificateFields, OIDS } from "./certificate-fields.js";

/** Algorithms whose signatures can be forged: MD2, MD4, MD5 and SHA-1, with RSA, DSA and ECDSA. */
const BROKEN_ALGORITHMS: ReadonlyMap<string, string> = new Map([
	["1.2.840.113549.1.1.2", "MD2"],
	["1.2.840.113549.1.1.3", "MD4"],
	["1.2.840.113549.1.1.4", "MD5"],
	["1.2.840.113549.1.1.5", "SHA-1"],
	["1.3.14.3.2.29", "SHA-1"],
	["1.2.840.10040.4.3", "SHA-1"],
	["1.2.840.10045.4.1", "SHA-1"],
	[OIDS.sha1, "SHA-1"],
]);

/** RSA and ECDSA with SHA-2, Ed25519 and Ed448; all algorithms of NIST's own arc, which begins with SHA-2. */
const SAFE_ALGORITHMS =
	/^(?:1\.2\.840\.113549\.1\.1\.1[1-6]|1\.2\.840\.10045\.4\.3\.[1-4]|1\.3\.101\.11[23]|2\.16\.840\.1\.101\.3\.4\.3\.\d+)$/;
/** The hashes from SHA-256 to SHA3-512, in SHA-2 and SHA-3. */
const SAFE_HASHES = /^2\.16\.840\.1\.101\.3\.4\.2\.(?:[1-9]|10)$/;

const MINIMUM_RSA_BITS = 2048;
/** With a larger exponent a check costs as much as a signature; with 1, anything is a valid signature. */
const [SMALLEST_EXPONENT, LARGEST_EXPONENT] = [3n, 2n ** 64n];
/** Curves of 224 bits and more, by OpenSSL's names. */
const SAFE_CURVES = /^(?:prime256v1|secp(?:224r1|256k1|384r1|521r1)|brainpoolP(?:224|256|320|384|512)[rt]1)$/;

/** Returns why the signature on a certificate proves nothing: the algorithm, and what is wrong with it. */
export function signatureProblem({
	signatureAlgorithm,
	pssHash,
}: Pick<CertificateFields, "signatureAlgorithm" | "pssHash">): string | undefined {
	const decisive = pssHash ?? signatureAlgorithm;
	const broken = BROKEN_ALGORITHMS.get(decisive);
	if (broken !== undefined) return `${broken}, which can be forged`;
	const isSafe = (pssHash === undefined ? SAFE_ALGORITHMS : SAFE_HASHES).test(decisive);
	return isSafe ? undefined : `the algorithm ${decisive}, which is not known to be safe`;
}

/** Returns why a key is too weak: it is short, or of an unknown curve. */
export function keyProblem({
	asymmetricKeyType: type,
	asymmetricKeyDetails: details,
}: KeyObject): string | undefined {
	const { modulusLength, publicExponent, namedCurve } = details ?? {};
	if (modulusLength !== undefined && modulusLength < MINIMUM_RSA_BITS) {
		return `expected RSA of at least ${MINIMUM_RSA_BITS} bits, got ${modulusLength}`;
	}
	if (publicExponent !== undefined && !isUsableExponent(publicExponent))
		return `expected an RSA key with an exponent of 2 to 64 bits, got one of ${publicExponent.toString(2).length} bits`;
	if (type !== "ec" || SAFE_CURVES.test(namedCurve ?? "")) return undefined;
	return `expected a curve of 224 bits or more, got ${namedCurve ?? "one without a name"}`;
}

/** Returns whether a check with a public key takes acceptable time; always true for keys other than RSA. */
export function isUsableExponent(exponent: bigint | undefined): boolean {
	return exponent === undefined || (exponent >= SMALLEST_EXPONENT && exponent < LARGEST_EXPONENT);
}
