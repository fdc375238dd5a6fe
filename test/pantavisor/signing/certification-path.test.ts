import { generateKeyPairSync, X509Certificate } from "node:crypto";
import forge from "node-forge";
import { describe, expect, test } from "vitest";
import { pathProblem } from "../../../src/pantavisor/signing/certification-path.js";

// What RFC 5280 says of paths, to the boundary; signatures are checked elsewhere, and many whole chains beside
// openssl in test/interop/openssl-chains.test.ts.

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = forge.pki.privateKeyFromPem(privateKey.export({ type: "pkcs1", format: "pem" }).toString());
const publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
const [FROM, UNTIL] = [Date.parse("2020-01-01T00:00:00Z"), Date.parse("2030-01-01T00:00:00Z")];
const DURING = Date.parse("2025-01-01T00:00:00Z");

interface Made {
	readonly subject: string;
	readonly issuer?: string;
	readonly extensions?: object[];
	readonly sha1?: boolean;
}

function certificate({ subject, issuer = "root", extensions = [], sha1 = false }: Made): X509Certificate {
	const made = forge.pki.createCertificate();
	made.publicKey = publicKey;
	made.serialNumber = "01";
	made.validity.notBefore = new Date(FROM);
	made.validity.notAfter = new Date(UNTIL);
	made.setSubject([{ name: "commonName", value: subject }]);
	made.setIssuer([{ name: "commonName", value: issuer }]);
	made.setExtensions(extensions);
	made.sign(key, sha1 ? forge.md.sha1.create() : forge.md.sha256.create());
	return new X509Certificate(forge.pki.certificateToPem(made));
}

const authority = (pathLenConstraint?: number): object => ({
	name: "basicConstraints",
	cA: true,
	critical: true,
	...(pathLenConstraint === undefined ? {} : { pathLenConstraint }),
});
const dnsName = (value: string): object => ({ name: "subjectAltName", altNames: [{ type: 2, value }] });
/** Name constraints that exclude a DNS name (RFC 5280, 4.2.1.10). */
const excluding = (name: string): object => {
	const wrap = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(tag, body.length), body]);
	const value = wrap(0x30, wrap(0xa1, wrap(0x30, wrap(0x82, Buffer.from(name))))).toString("latin1");
	return { id: "2.5.29.30", critical: true, value };
};

const root = (...extensions: object[]) =>
	certificate({ subject: "root", extensions: [...(extensions.length > 0 ? extensions : [authority()])] });
const leaf = (more: Partial<Made> = {}) => certificate({ subject: "leaf", ...more });
const problem = (path: readonly X509Certificate[], time: number | undefined = DURING) =>
	pathProblem(path, time, false);

describe("the number of authorities", () => {
	const between = ["a", "b"].map((subject) => certificate({ subject, extensions: [authority()] }));

	test.each([0, 1, 2])("%i between is as many as are allowed, and one more than are", (count) => {
		const path = [leaf(), ...between.slice(0, count)];
		expect(problem([...path, root(authority(count))])).toBeUndefined();
		if (count === 0) return;
		expect(problem([...path, root(authority(count - 1))])).toBe(
			`CN=root allows ${count - 1} authorities below it, got ${count}`,
		);
	});

	test("leaves out those that an authority issued to itself", () => {
		const itself = certificate({ subject: "root", extensions: [authority()] });
		expect(problem([leaf(), itself, root(authority(0))])).toBeUndefined();
	});
});

describe("dates", () => {
	const path = [leaf(), root()];

	test.each([
		["the first moment", FROM, undefined],
		["the last moment", UNTIL, undefined],
		["a moment before", FROM - 1, /^CN=leaf is valid only from /],
		["a moment after", UNTIL + 1, /^CN=leaf expired on /],
	])("%s", (_, time, expected) => {
		const found = problem(path, time);
		if (expected === undefined) expect(found).toBeUndefined();
		else expect(found).toMatch(expected);
	});

	test("are not looked at where there is no time", () => {
		expect(pathProblem(path, undefined, false)).toBeUndefined();
	});
});

describe("SHA-1", () => {
	test("is nothing to an anchor, which is trusted by itself", () => {
		const anchor = certificate({ subject: "root", extensions: [authority()], sha1: true });
		expect(problem([leaf(), anchor])).toBeUndefined();
	});

	test("below it is refused", () => {
		expect(problem([leaf({ sha1: true }), root()])).toBe("CN=leaf is signed with SHA-1, which can be forged");
	});
});

/** A certificate whose bytes were changed: nobody looks at its signature here. */
function altered(made: X509Certificate, from: string, to: string): X509Certificate {
	const hex = made.raw.toString("hex").replaceAll(from, to);
	return new X509Certificate(Buffer.from(hex, "hex"));
}

describe("RSASSA-PSS", () => {
	const [PKCS1, PSS] = ["300d06092a864886f70d01010b0500", "300d06092a864886f70d01010a3000"];

	test("without parameters is over SHA-1, and refused", () => {
		const made = altered(leaf(), PKCS1, PSS);
		expect(problem([made, root()])).toBe("CN=leaf is signed with SHA-1, which can be forged");
	});
});

test("dates that cannot be read are not within any time", () => {
	const made = altered(
		leaf(),
		Buffer.from("300101000000Z").toString("hex"),
		Buffer.from("30010100000:Z").toString("hex"),
	);
	expect(problem([made, root()])).toMatch(/^CN=leaf has dates that cannot be read/);
	expect(pathProblem([made, root()], undefined, false)).toBeUndefined();
});

describe("malformed fields are a reason, not a defect", () => {
	test.each([
		["name constraints of nothing", { id: "2.5.29.30", critical: true, value: "\x30\x04\xa1\x02\x30\x00" }],
		["constraints without a value", { id: "2.5.29.30", critical: true, value: "" }],
		["a key usage without a value", { id: "2.5.29.15", critical: true, value: "" }],
	])("%s", (_, extension) => {
		expect(problem([leaf(), root(authority(), extension)])).toBe("CN=root is malformed");
	});

	test("a directory name that is cut off", () => {
		const value = "\x30\x0a\xa1\x08\x30\x06\xa4\x04\x30\x02\x31\x05";
		expect(problem([leaf(), root(authority(), { id: "2.5.29.30", critical: true, value })])).toMatch(
			/^CN=leaf: its names cannot be compared/,
		);
	});
});

describe("name constraints", () => {
	const constrained = root(authority(), excluding("example.com"));

	test("hold for the leaf, also for one that has the name of its issuer", () => {
		const named = [dnsName("a.example.com")];
		expect(problem([leaf({ extensions: named }), constrained])).toMatch(/by the name constraints of CN=root/);
		const itself = certificate({ subject: "root", extensions: named });
		expect(problem([itself, constrained])).toMatch(/by the name constraints of CN=root/);
	});

	test.each(["https://evil.example?@good.example", "https://evil.example#@good.example/x"])(
		"take the host of %s for what it is",
		(uri) => {
			const wrap = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(tag, body.length), body]);
			const value = wrap(0x30, wrap(0xa0, wrap(0x30, wrap(0x86, Buffer.from("good.example"))))).toString(
				"latin1",
			);
			const permitting = root(authority(), { id: "2.5.29.30", critical: true, value });
			const named = (own: string) =>
				leaf({ extensions: [{ name: "subjectAltName", altNames: [{ type: 6, value: own }] }] });
			expect(problem([named("https://good.example/x"), permitting])).toBeUndefined();
			expect(problem([named(uri), permitting])).toMatch(/is not permitted/);
		},
	);

	test("exclude a directory however its name is spelt", () => {
		const wrap = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.of(tag, body.length), body]);
		// CN=leaf, as a BMPString.
		const name = wrap(
			0x30,
			wrap(
				0x31,
				wrap(
					0x30,
					Buffer.concat([
						Buffer.from("0603550403", "hex"),
						wrap(0x1e, Buffer.from("leaf", "utf16le").swap16()),
					]),
				),
			),
		);
		const value = wrap(0x30, wrap(0xa1, wrap(0x30, wrap(0xa4, name)))).toString("latin1");
		expect(problem([leaf(), root(authority(), { id: "2.5.29.30", critical: true, value })])).toMatch(
			/its subject is excluded/,
		);
	});

	test("let an authority through that was issued to itself, and no other", () => {
		const extensions = [authority(), dnsName("a.example.com")];
		const [itself, other] = ["root", "other"].map((subject) => certificate({ subject, extensions }));
		expect(problem([leaf(), itself!, constrained])).toBeUndefined();
		expect(problem([leaf(), other!, constrained])).toMatch(
			/^CN=other: .* by the name constraints of CN=root$/,
		);
	});
});

test.each([true, false])("an unknown extension is refused where it is critical: %s", (critical) => {
	const found = problem([leaf({ extensions: [{ id: "1.2.3.4", critical, value: "\x05\x00" }] }), root()]);
	expect(found).toBe(
		critical ? "CN=leaf has the critical extension 1.2.3.4, which is not understood" : undefined,
	);
});
