import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signedBytes, signStatement } from "../../../src/evidence/attest/index.js";
import { localSigner, parsePrivateKey } from "../../../src/pantavisor/signing/index.js";

const STATEMENT = Buffer.from('{"_type":"https://in-toto.io/Statement/v1","note":"café"}', "utf8");

test("what is signed is DSSE's own example", () => {
	// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
	expect(signedBytes(Buffer.from("hello world"), "http://example.com/HelloWorld").toString()).toBe(
		"DSSEv1 29 http://example.com/HelloWorld 11 hello world",
	);
});

test("lengths are of bytes, not of characters", () => {
	expect(signedBytes(STATEMENT).toString("latin1")).toMatch(
		new RegExp(`^DSSEv1 28 application/vnd\\.in-toto\\+json ${STATEMENT.length} \\{`),
	);
});

const KEYS = {
	"RSA 2048": ["sha256", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
	"P-256": ["sha256", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey],
	"P-384": ["sha384", generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey],
	"P-521": ["sha512", generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey],
} as const;

const ROUNDS = { sha256: 300, sha384: 20, sha512: 20 };

describe.each(Object.entries(KEYS))("with a key of %s", (_, [hash, key]) => {
	const signer = localSigner(parsePrivateKey(key.export({ type: "pkcs8", format: "pem" }), "key"));

	test("signatures are what openssl checks, also where r or s begin with zeros", async () => {
		// One in 256 has a first byte of zero, and half of them a first bit that is set.
		for (let round = 0; round < ROUNDS[hash]; round++) {
			const text = await signStatement(STATEMENT, signer, "bundle");
			const { dsseEnvelope } = JSON.parse(text);
			const bytes = Buffer.from(dsseEnvelope.signatures[0].sig, "base64");
			expect(verify(hash, signedBytes(STATEMENT), key, bytes)).toBe(true);
		}
	});

	test("a signer may give DER, as hardware does", async () => {
		const outside = { ...signer, sign: (input: Uint8Array) => sign(hash, input, key) };
		const { signatures } = JSON.parse(await signStatement(STATEMENT, outside, "dsse"));
		expect(verify(hash, signedBytes(STATEMENT), key, Buffer.from(signatures[0].sig, "base64"))).toBe(true);
	});

	test("another signature is not written", async () => {
		const outside = { ...signer, sign: () => Buffer.alloc(64, 1) };
		await expect(signStatement(STATEMENT, outside, "dsse")).rejects.toMatchObject({ code: "ERR_SIGNATURE" });
	});
});
