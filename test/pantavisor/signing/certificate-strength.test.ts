import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { keyProblem, signatureProblem } from "../../../src/pantavisor/signing/certificate-strength.js";
import { keyAlgorithm } from "../../../src/pantavisor/signing/key.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
const withExponent = (hex: string): KeyObject => {
	const e = Buffer.from(hex, "hex").toString("base64url");
	return createPublicKey({ key: { ...rsa, e }, format: "jwk" });
};
const curve = (namedCurve: string): KeyObject => generateKeyPairSync("ec", { namedCurve }).publicKey;

describe("keys of authorities", () => {
	test.each(["prime256v1", "secp384r1", "secp521r1", "secp224r1"])("on %s are taken", (name) => {
		expect(keyProblem(curve(name))).toBeUndefined();
	});

	test.each(["secp112r1", "secp160r1", "prime192v1"])("on %s are too short", (name) => {
		expect(keyProblem(curve(name))).toBe(`expected a curve of 224 bits or more, got ${name}`);
	});

	test("of RSA have an exponent that makes a check neither costly nor worthless", () => {
		for (const exponent of ["03", "010001"]) expect(keyProblem(withExponent(exponent))).toBeUndefined();
		for (const exponent of ["01", `01${"00".repeat(8)}`, `0f${"ff".repeat(250)}`]) {
			expect(keyProblem(withExponent(exponent))).toMatch(/exponent of 2 to 64 bits/);
			expect(() => keyAlgorithm(withExponent(exponent), "key")).toThrow(/exponent of 2 to 64 bits/);
		}
	});
});

describe("signatures of authorities", () => {
	test.each([
		["1.2.840.113549.1.1.11", undefined],
		["1.2.840.10045.4.3.2", undefined],
		["1.2.840.113549.1.1.10", "2.16.840.1.101.3.4.2.1"],
	])("by %s over %s are taken", (signatureAlgorithm, pssHash) => {
		expect(signatureProblem({ signatureAlgorithm, pssHash })).toBeUndefined();
	});

	test.each([
		["1.2.840.113549.1.1.5", undefined, /^SHA-1, which can be forged$/],
		["1.2.840.113549.1.1.10", "1.3.14.3.2.26", /^SHA-1, which can be forged$/],
		["1.2.840.113549.1.1.10", "1.2.840.113549.2.5", /which is not known to be safe$/],
		["1.3.36.3.3.1.2", undefined, /^the algorithm 1\.3\.36\.3\.3\.1\.2, which is not known to be safe$/],
	])("by %s over %s are refused", (signatureAlgorithm, pssHash, problem) => {
		expect(signatureProblem({ signatureAlgorithm, pssHash })).toMatch(problem);
	});
});
