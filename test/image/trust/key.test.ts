import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { parseImageKeys } from "../../../src/image/trust/index.js";

type Made = { readonly publicKey: { export(format: { type: "spki"; format: "pem" }): string | Buffer } };

const pem = ({ publicKey }: Made): string => publicKey.export({ type: "spki", format: "pem" }).toString();
const onCurve = (namedCurve: string): string => pem(generateKeyPairSync("ec", { namedCurve }));

test.each([
	["P-224", () => onCurve("secp224r1")],
	["P-256", () => onCurve("P-256")],
	["P-384", () => onCurve("P-384")],
	["P-521", () => onCurve("P-521")],
	["Ed25519", () => pem(generateKeyPairSync("ed25519"))],
	["RSA of 2048 bits", () => pem(generateKeyPairSync("rsa", { modulusLength: 2048 }))],
])("a key of %s may vouch for images", (_name, make) => {
	expect(parseImageKeys(make(), "team.pem")).toHaveLength(1);
});

test.each([
	["secp256k1", () => onCurve("secp256k1")],
	["brainpoolP256r1", () => onCurve("brainpoolP256r1")],
	["rsa of 1024 bits", () => pem(generateKeyPairSync("rsa", { modulusLength: 1024 }))],
	["ed448", () => pem(generateKeyPairSync("ed448"))],
	["x25519", () => pem(generateKeyPairSync("x25519"))],
])("a key of %s is refused, and the message says what it is", (kind, make) => {
	const expected = "expected Ed25519, ECDSA on P-224, P-256, P-384 or P-521, or RSA of 2048 bits or more";
	expect(() => parseImageKeys(make(), "team.pem")).toThrow(
		expect.objectContaining({
			code: "ERR_IMAGE_POLICY_FORMAT",
			message: `team.pem: read public keys: ${expected}, got ${kind}`,
		}),
	);
});
