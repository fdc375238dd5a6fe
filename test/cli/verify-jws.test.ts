import { sign, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonObject } from "../../src/ground/json/index.js";
import { encodePayload, partSelection } from "../../src/pantavisor/signing/index.js";
import { Authority } from "../support/certificates.js";
import type { Workplace } from "../support/command-line.js";
import { changed, packageBytes, put, soundPart, type TestKey, trustedPlace } from "../support/gate.js";
import { type MadePackage, makePackage } from "../support/packages.js";

let place: Workplace;
let key: TestKey;
let made: MadePackage;
beforeAll(async () => {
	({ place, key } = trustedPlace());
	made = makePackage(await soundPart());
});
afterAll(() => place.remove());

const selection = partSelection("web");
const pvs = `"pvs":${JSON.stringify(selection)}`;

/** Signs the package with a header of that text, as its owner could; `spoil` changes the base64url text before. */
async function verifyHeader(
	header: string,
	spoil: (text: string) => string = (text) => text,
	spoilSignature: (text: string) => string = (text) => text,
	trust: readonly string[] = ["--pubkey", "trusted.pem"],
) {
	const protectedPart = spoil(Buffer.from(header).toString("base64url"));
	const payload = Buffer.from(encodePayload(made.state, selection)).toString("base64url");
	const signature = sign("sha256", Buffer.from(`${protectedPart}.${payload}`), key.key.privateKey);
	const document = jsonObject({
		"#spec": "pvs@2",
		protected: protectedPart,
		signature: spoilSignature(signature.toString("base64url")),
	});
	const state = changed(made.state, { "_sigs/web.json": document });
	const name = put(place, "web.tgz", await packageBytes({ ...made, state }));
	return place.run(["verify", name, ...trust]);
}

describe("a protected header", () => {
	test("that is plain is taken", async () => {
		expect((await verifyHeader(`{"alg":"RS256",${pvs},"typ":"PVS"}`)).code).toBe(0);
	});

	test.each([
		["crit", `{"alg":"RS256","crit":["exp"],${pvs},"typ":"PVS"}`],
		["b64", `{"alg":"RS256","b64":false,${pvs},"typ":"PVS"}`],
		["an algorithm twice", `{"alg":"none","alg":"RS256",${pvs},"typ":"PVS"}`],
		["a selection twice", `{"alg":"RS256","pvs":{"include":[],"exclude":[]},${pvs},"typ":"PVS"}`],
		[
			"an include twice",
			`{"alg":"RS256","pvs":{"include":[],"include":["web/**"],"exclude":["web/src.json"]},"typ":"PVS"}`,
		],
	])("with %s is refused", async (_, header) => {
		const { code, stdout } = await verifyHeader(header);
		expect(code).toBe(5);
		expect(stdout).toContain("[SIGNATURE_INVALID]");
	});

	test.each([
		["an escape in a pattern", `{"alg":"RS256",${pvs.replace("web/**", "web\\/**")},"typ":"PVS"}`, "TEXT"],
		["an escape in a name", `{"\\u0061lg":"RS256",${pvs},"typ":"PVS"}`, "TEXT"],
		[
			"a selection before its own",
			`{"a":{"pvs":{"include":[],"exclude":[]}},"alg":"RS256",${pvs},"typ":"PVS"}`,
			"ORDER",
		],
		["the name of a member among its values", `{"a":"typ","alg":"RS256",${pvs},"typ":"PVS"}`, "ORDER"],
		["an algorithm of its key first", `{"jwk":{"alg":"ES256"},"alg":"RS256",${pvs},"typ":"PVS"}`, "ORDER"],
	])("that devices read in another way is refused: %s", async (_, header, rule) => {
		const { code, stdout } = await verifyHeader(header);
		expect(code).toBe(5);
		expect(stdout).toContain(`[SIGNATURE_HEADER_${rule}]`);
	});

	test("without certificates has no member for them: devices take null for an empty list", async () => {
		const { code, stdout } = await verifyHeader(`{"alg":"RS256",${pvs},"typ":"PVS","x5c":null}`);
		expect(code).toBe(5);
		expect(stdout).toContain("[SIGNATURE_INVALID]");
	});

	test.each([
		["a blank", (text: string) => `${text.slice(0, 8)} ${text.slice(8)}`],
		["a line break", (text: string) => `${text}\n`],
		["an exclamation mark", (text: string) => `${text.slice(0, 9)}!${text.slice(9)}`],
		["a point", (text: string) => `${text}.`],
	])("or a signature with %s among its base64url is refused", async (_, spoil) => {
		const header = `{"alg":"RS256",${pvs},"typ":"PVS"}`;
		expect((await verifyHeader(header, spoil)).code).toBe(5);
		expect((await verifyHeader(header, undefined, spoil)).code).toBe(5);
	});
});

describe("a certificate in a header", () => {
	const der = (): Buffer => {
		const { certificate } = new Authority("maker");
		return Buffer.from(new X509Certificate(certificate).raw);
	};
	const verifyWith = (certificate: Buffer) => {
		const x5c = JSON.stringify([certificate.toString("base64")]);
		return verifyHeader(`{"alg":"RS256",${pvs},"typ":"PVS","x5c":${x5c}}`);
	};

	test.each([
		[
			"in PEM",
			(own: Buffer) =>
				Buffer.from(`-----BEGIN CERTIFICATE-----\n${own.toString("base64")}\n-----END CERTIFICATE-----\n`),
		],
		["with bytes after it", (own: Buffer) => Buffer.concat([own, Buffer.from("more")])],
	])("%s is none", async (_, spoil) => {
		const { code, stdout } = await verifyWith(spoil(der()));
		expect(code).toBe(5);
		expect(stdout).toContain("expected one certificate in DER");
	});

	test("with a key of an unknown kind is a finding", async () => {
		const hex = der()
			.toString("hex")
			.replace("300d06092a864886f70d0101010500", "300d06092a864886f70d0101630500");
		const x5c = JSON.stringify([Buffer.from(hex, "hex").toString("base64")]);
		const { code, stdout } = await verifyHeader(
			`{"alg":"RS256",${pvs},"typ":"PVS","x5c":${x5c}}`,
			undefined,
			undefined,
			[],
		);
		expect(code).toBe(5);
		expect(stdout).toContain("its certificate has a key of an unknown kind");
	});
});

test("a state with a key twice is refused", async () => {
	const name = put(
		place,
		"twice.json",
		'{"#spec":"pantavisor-service-system@1","a/b.json":{},"a/b.json":{"evil":1}}',
	);
	const { code, stderr } = await place.run(["verify", name]);
	expect(code).toBe(3);
	expect(stderr).toContain('expected every member once, got "a/b.json"');
});
