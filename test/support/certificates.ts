import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

/** A certificate with its key, PEM. */
export interface Identity {
	readonly cert: string;
	readonly key: string;
}

/** A CA that certifies 127.0.0.1, localhost and the given names. */
export class Authority {
	readonly name: string;
	readonly #key: forge.pki.rsa.PrivateKey;
	readonly #certificate: forge.pki.Certificate;
	#serial = 1;

	constructor(name: string) {
		this.name = name;
		this.#key = newKey();
		this.#certificate = this.#certify(name, this.#key, [{ name: "basicConstraints", cA: true }], undefined);
	}

	/** PEM. */
	get certificate(): string {
		return forge.pki.certificateToPem(this.#certificate);
	}

	issue(name: string): Identity {
		const key = newKey();
		const altNames = [
			{ type: 7, ip: "127.0.0.1" },
			{ type: 2, value: "localhost" },
			{ type: 2, value: name },
		];
		const certificate = this.#certify(name, key, [{ name: "subjectAltName", altNames }], this.#certificate);
		return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(key) };
	}

	#certify(
		name: string,
		key: forge.pki.rsa.PrivateKey,
		extensions: object[],
		issuer: forge.pki.Certificate | undefined,
	): forge.pki.Certificate {
		const certificate = forge.pki.createCertificate();
		certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
		certificate.serialNumber = `0${this.#serial++}`;
		certificate.validity.notBefore = new Date("2020-01-01T00:00:00Z");
		certificate.validity.notAfter = new Date("2049-01-01T00:00:00Z");
		const subject = [{ name: "commonName", value: name }];
		certificate.setSubject(subject);
		certificate.setIssuer(issuer?.subject.attributes ?? subject);
		certificate.setExtensions(extensions);
		certificate.sign(issuer === undefined ? key : this.#key, forge.md.sha256.create());
		return certificate;
	}
}

function newKey(): forge.pki.rsa.PrivateKey {
	const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	return forge.pki.privateKeyFromPem(privateKey.export({ type: "pkcs1", format: "pem" }).toString());
}
