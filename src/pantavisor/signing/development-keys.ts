import { generateKeyPairSync, randomBytes } from "node:crypto";
import forge from "node-forge";

/** A signing identity for development, as PEM. */
export interface DevelopmentKeys {
	/** The authority's certificate, which verifiers trust (`cacerts.default.pem`). */
	readonly authority: string;
	/** The private signing key, PKCS#8 (`key.default.pem`). */
	readonly key: string;
	/** The signing key's certificate, issued by the authority (`x5c.default.pem`). */
	readonly chain: string;
}

/** Names and size of generated keys. */
export interface KeygenOptions {
	/** Common name of the signing certificate. */
	readonly commonName: string;
	/** Common name of the authority. */
	readonly authorityName: string;
	readonly notBefore: Date;
	readonly notAfter: Date;
	/** RSA modulus length: 2048 or more. */
	readonly bits?: number | undefined;
}

/** Makes the keys and certificates, as `generateDevelopmentKeys` describes. */
export function createDevelopmentKeys(options: KeygenOptions): DevelopmentKeys {
	const { bits = 2048, authorityName, commonName } = options;
	const authorityKey = generateKey(bits);
	const signingKey = generateKey(bits);
	const authority = createCertificate(options, authorityName, authorityName, authorityKey.publicKey, [
		{ name: "basicConstraints", cA: true, critical: true },
		{ name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
		{ name: "subjectKeyIdentifier" },
	]);
	authority.sign(authorityKey.privateKey, forge.md.sha256.create());
	const certificate = createCertificate(options, commonName, authorityName, signingKey.publicKey, [
		{ name: "basicConstraints", cA: false },
		{ name: "keyUsage", digitalSignature: true, critical: true },
		{ name: "extKeyUsage", codeSigning: true },
		{ name: "subjectKeyIdentifier" },
		{ name: "authorityKeyIdentifier", keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes() },
	]);
	certificate.sign(authorityKey.privateKey, forge.md.sha256.create());
	return {
		authority: unixLines(forge.pki.certificateToPem(authority)),
		key: signingKey.pem,
		chain: unixLines(forge.pki.certificateToPem(certificate)),
	};
}

interface GeneratedKey {
	readonly pem: string;
	readonly privateKey: forge.pki.rsa.PrivateKey;
	readonly publicKey: forge.pki.rsa.PublicKey;
}

function generateKey(bits: number): GeneratedKey {
	const { privateKey, publicKey } = generateKeyPairSync("rsa", {
		modulusLength: bits,
		privateKeyEncoding: { type: "pkcs8", format: "pem" },
		publicKeyEncoding: { type: "spki", format: "pem" },
	});
	return {
		pem: privateKey,
		privateKey: forge.pki.privateKeyFromPem(privateKey),
		publicKey: forge.pki.publicKeyFromPem(publicKey),
	};
}

function createCertificate(
	{ notBefore, notAfter }: KeygenOptions,
	subject: string,
	issuer: string,
	key: forge.pki.rsa.PublicKey,
	extensions: object[],
): forge.pki.Certificate {
	const certificate = forge.pki.createCertificate();
	certificate.publicKey = key;
	certificate.serialNumber = serialNumber();
	certificate.validity.notBefore = notBefore;
	certificate.validity.notAfter = notAfter;
	certificate.setSubject([{ name: "commonName", value: subject }]);
	certificate.setIssuer([{ name: "commonName", value: issuer }]);
	certificate.setExtensions(extensions);
	return certificate;
}

/** Returns 127 random bits, positive and without leading zeros in DER. */
function serialNumber(): string {
	const bytes = randomBytes(16);
	bytes[0] = (bytes[0]! & 0x7f) | 0x40;
	return bytes.toString("hex");
}

function unixLines(text: string): string {
	return text.replaceAll("\r\n", "\n");
}
