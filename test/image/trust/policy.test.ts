import { describe, expect, test } from "vitest";
import { parseReference } from "../../../src/image/oci/index.js";
import { demandsOf, parseImagePolicy } from "../../../src/image/trust/index.js";
import { createImageSigner } from "../../support/image-signer.js";

const ACCEPT = [{ type: "insecureAcceptAnything" }];
const REJECT = [{ type: "reject" }];
const { publicKey } = createImageSigner();
const readKey = () => Buffer.from(publicKey);

const parse = (document: unknown, read = readKey) =>
	parseImagePolicy(
		Buffer.from(typeof document === "string" ? document : JSON.stringify(document)),
		"policy.json",
		read,
	);

/** Whether a policy lets an image in without a signature. */
function accepts(scopes: Record<string, unknown>, image: string): boolean {
	const policy = parse({ default: REJECT, transports: { docker: scopes, "docker-daemon": { "": ACCEPT } } });
	try {
		return demandsOf({ keys: [], policy }, parseReference(image)).length === 0;
	} catch {
		return false;
	}
}

describe("the most specific scope counts", () => {
	test.each([
		[
			"the image itself",
			{ "reg.example/a/b:1": ACCEPT, "reg.example/a/b": REJECT },
			"reg.example/a/b:1",
			true,
		],
		[
			"its digest",
			{ [`reg.example/a@sha256:${"0".repeat(64)}`]: ACCEPT },
			`reg.example/a@sha256:${"0".repeat(64)}`,
			true,
		],
		["its repository", { "reg.example/a/b": REJECT, "reg.example": ACCEPT }, "reg.example/a/b:1", false],
		["a namespace", { "reg.example/a": ACCEPT }, "reg.example/a/b:1", true],
		["no half of a name", { "reg.example/a": ACCEPT }, "reg.example/ab:1", false],
		["the host with its port", { "reg.example:5000": ACCEPT }, "reg.example:5000/a:1", true],
		["not the host without it", { "reg.example": ACCEPT }, "reg.example:5000/a:1", false],
		["a domain", { "*.example": ACCEPT }, "reg.team.example:5000/a:1", true],
		["the nearer domain", { "*.example": ACCEPT, "*.team.example": REJECT }, "reg.team.example/a:1", false],
		["Docker Hub by its short name", { "docker.io/library": ACCEPT }, "alpine", true],
		["all registries", { "": ACCEPT }, "reg.example/a:1", true],
		["the default", {}, "reg.example/a:1", false],
	])("%s", (_, scopes, image, expected) => {
		expect(accepts(scopes, image)).toBe(expected);
	});
});

const SIGNED = { type: "sigstoreSigned", keyPath: "/key" };

test("all requirements of a scope count, and keys are read when they are needed", () => {
	const policy = parse({
		default: [SIGNED, { ...SIGNED, keyPath: undefined, keyData: Buffer.from(publicKey).toString("base64") }],
	});
	expect(demandsOf({ keys: [], policy }, parseReference("a"))).toHaveLength(2);
	const missing = parse({ default: [SIGNED], transports: { docker: { "docker.io": ACCEPT } } }, () => {
		throw new Error("not there");
	});
	expect(demandsOf({ keys: [], policy: missing }, parseReference("a"))).toEqual([]);
	expect(() => demandsOf({ keys: [], policy: missing }, parseReference("reg.example/a"))).toThrow(
		"not there",
	);
});

test.each([
	["no default", {}, "expected a list of requirements"],
	["an empty list", { default: [] }, "expected a list of requirements"],
	["an unknown member", { default: ACCEPT, more: 1 }, 'unknown member "more"'],
	["an unknown kind", { default: [{ type: "trustMe" }] }, "expected a kind of requirement"],
	["a requirement with more", { default: [{ type: "reject", keyPath: "/key" }] }, 'unknown member "keyPath"'],
	["no key", { default: [{ type: "sigstoreSigned" }] }, "expected one of keyPath"],
	["two keys", { default: [{ ...SIGNED, keyData: "AA==" }] }, "expected one of keyPath"],
	[
		"no identity of that kind",
		{ default: [{ ...SIGNED, signedIdentity: { type: "any" } }] },
		"expected a kind of identity",
	],
	[
		"an identity without its name",
		{ default: [{ ...SIGNED, signedIdentity: { type: "exactReference" } }] },
		"dockerReference",
	],
	["a list in place of an object", [], "expected an object"],
	[
		"two members of one name",
		'{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}',
		"once",
	],
])("refuses a policy with %s", (_, document, message) => {
	expect(() => parse(document)).toThrow(message);
});

test.each([
	["a certificate", { type: "sigstoreSigned", fulcio: {} }, "a signature with a certificate"],
	["a log", { ...SIGNED, rekorPublicKeyPath: "/rekor" }, "an entry in a transparency log"],
	["GPG", { type: "signedBy", keyType: "GPGKeys", keyPath: "/key" }, "a GPG signature"],
])("rejects images that need %s", (_, requirement, what) => {
	const policy = parse({ default: [requirement] });
	expect(() => demandsOf({ keys: [], policy }, parseReference("a"))).toThrow(
		`asks for ${what}, which pvpkg does not check`,
	);
});
