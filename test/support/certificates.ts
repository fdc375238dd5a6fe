import { generateKeyPairSync } from "node:crypto";
import { isIP } from "node:net";
import forge from "node-forge";

/** One for all: what the tests tell apart are names, and making keys takes long. */
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyPem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const key = forge.pki.privateKeyFromPem(keyPem);

/** A certificate with its key, PEM. */
export interface Identity {
	readonly cert: string;
	readonly key: string;
}

/** A CA that certifies 127.0.0.1, localhost and the given names. */
export class Authority {
	/** Its own, PEM. */
	readonly certificate: string;
	readonly #name: string;
	#serial = 1;

	constructor(name: string) {
		this.#name = name;
		this.certificate = this.#certify(name, [{ name: "basicConstraints", cA: true }]);
	}

	issue(name: string): Identity {
		const altNames = [
			{ type: 7, ip: "127.0.0.1" },
			{ type: 2, value: "localhost" },
			isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name },
		];
		return { cert: this.#certify(name, [{ name: "subjectAltName", altNames }]), key: keyPem };
	}

	#certify(name: string, extensions: object[]): string {
		const certificate = forge.pki.createCertificate();
		certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
		certificate.serialNumber = `0${this.#serial++}`;
		certificate.validity.notBefore = new Date("2020-01-01T00:00:00Z");
		certificate.validity.notAfter = new Date("2049-01-01T00:00:00Z");
		certificate.setSubject([{ name: "commonName", value: name }]);
		certificate.setIssuer([{ name: "commonName", value: this.#name }]);
		certificate.setExtensions(extensions);
		certificate.sign(key, forge.md.sha256.create());
		return forge.pki.certificateToPem(certificate);
	}
}
