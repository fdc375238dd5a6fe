import forge from "node-forge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { makeKey, packageBytes, put, soundPart, type TestKey } from "../support/gate.js";
import { makePackage } from "../support/packages.js";

let place: Workplace;
let [signing, issuing]: [TestKey, TestKey] = [] as never;
beforeAll(async () => {
	place = new Workplace();
	[signing, issuing] = [makeKey(), makeKey()];
	put(place, "signing.pem", signing.pem);
	put(place, "unsigned.tgz", await packageBytes(makePackage(await soundPart())));
});
afterAll(() => place.remove());

interface Made {
	readonly name: string;
	readonly key: TestKey;
	readonly extensions: readonly object[];
	readonly hash?: "sha256" | "sha1" | "md5";
}

const ca = (more: object = {}, name = "ca"): Made => ({
	name,
	key: issuing,
	extensions: [
		{ name: "basicConstraints", cA: true, critical: true, ...more },
		{ name: "keyUsage", keyCertSign: true, critical: true },
	],
});
const leaf = (usage: object = { digitalSignature: true }, more: readonly object[] = []): Made => ({
	name: "leaf",
	key: signing,
	extensions: [
		{ name: "keyUsage", critical: true, ...usage },
		{ name: "extKeyUsage", codeSigning: true },
		...more,
	],
});

/** PEM texts of a chain, from the root down. */
function certify(chain: readonly Made[]): string[] {
	return chain.map(({ name, key, extensions, hash = "sha256" }, i) => {
		const issuer = chain[Math.max(0, i - 1)]!;
		const certificate = forge.pki.createCertificate();
		certificate.publicKey = forge.pki.publicKeyFromPem(key.publicPem);
		certificate.serialNumber = `0${i + 1}`;
		certificate.validity.notBefore = new Date("2020-01-01T00:00:00Z");
		certificate.validity.notAfter = new Date("2049-01-01T00:00:00Z");
		certificate.setSubject([{ name: "commonName", value: name }]);
		certificate.setIssuer([{ name: "commonName", value: issuer.name }]);
		certificate.setExtensions([...extensions]);
		certificate.sign(forge.pki.privateKeyFromPem(issuer.key.pem), forge.md[hash].create());
		return forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");
	});
}

async function verify(chain: readonly Made[]) {
	const [root, ...rest] = certify(chain);
	put(place, "root.pem", root!);
	put(place, "x5c.pem", rest.reverse().join(""));
	const signed = await place.run([
		"sign",
		"unsigned.tgz",
		"--key",
		"signing.pem",
		"--x5c",
		"x5c.pem",
		"-o",
		"signed.tgz",
	]);
	expect(signed.stderr).toBe("");
	return place.run(["verify", "signed.tgz", "--cacerts", "root.pem"]);
}

// Many more beside openssl in test/interop/openssl-chains.test.ts
describe("a chain of certificates", () => {
	test("that holds is taken", async () => {
		const { code, stdout } = await verify([ca({}, "root"), ca({ pathLenConstraint: 0 }), leaf()]);
		expect(stdout).toContain("good signature _sigs/web.json");
		expect(code).toBe(0);
	});

	test.each<[string, readonly Made[], string]>([
		[
			"more authorities than are allowed",
			[ca({ pathLenConstraint: 0 }, "root"), ca(), leaf()],
			"allows 0 authorities below it, got 1",
		],
		[
			"an unknown critical extension",
			[ca({}, "root"), leaf(undefined, [{ id: "1.2.3.4", critical: true, value: "\x05\x00" }])],
			"the critical extension 1.2.3.4",
		],
		["a signature with SHA-1", [ca({}, "root"), { ...leaf(), hash: "sha1" }], "signed with SHA-1"],
		["a signature with MD5", [ca({}, "root"), { ...leaf(), hash: "md5" }], "signed with MD5"],
		[
			"a leaf for the encipherment of keys",
			[ca({}, "root"), leaf({ keyEncipherment: true })],
			"does not allow signatures",
		],
		[
			"an authority as signer",
			[ca({}, "root"), { ...ca({}, "leaf"), key: undefined as never }],
			"is an authority",
		],
	])("with %s is refused", async (_, chain, reason) => {
		const whole = chain.map((made) => ({ ...made, key: made.key ?? signing }));
		const { code, stdout } = await verify(whole);
		expect(stdout).toContain(reason);
		expect(code).toBe(5);
	});
});
