import { sign, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonObject } from "../../src/ground/json/index.js";
import { encodePayload, partSelection } from "../../src/pantavisor/signing/index.js";
import { Authority } from "../support/certificates.js";
import type { Workplace } from "../support/command-line.js";
import {
	changed,
	packageBytes,
	put,
	soundPart,
	type TestKey,
	testRows,
	trustedPlace,
	verifyTogether,
} from "../support/gate.js";
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

const TRUSTED = ["--pubkey", "trusted.pem"];

/** Signs the package with a header of that text, as its owner could; `spoil` changes the base64url text before. */
function signedWith(
	header: string,
	spoil: (text: string) => string = (text) => text,
	spoilSignature: (text: string) => string = (text) => text,
): Promise<Buffer> {
	const protectedPart = spoil(Buffer.from(header).toString("base64url"));
	const payload = Buffer.from(encodePayload(made.state, selection)).toString("base64url");
	const signature = sign("sha256", Buffer.from(`${protectedPart}.${payload}`), key.key.privateKey);
	const document = jsonObject({
		"#spec": "pvs@2",
		protected: protectedPart,
		signature: spoilSignature(signature.toString("base64url")),
	});
	const state = changed(made.state, { "_sigs/web.json": document });
	return packageBytes({ ...made, state });
}

async function verifyHeader(header: string, trust: readonly string[] = TRUSTED) {
	return place.run(["verify", put(place, "web.tgz", await signedWith(header)), ...trust]);
}

/** Tests that packages that are signed like this have a finding each. */
function testHeaders(rows: readonly (readonly [string, () => Promise<Buffer>, code: string])[]): void {
	testRows(
		rows,
		async (all) => verifyTogether(place, await Promise.all(all.map(([, make]) => make())), ...TRUSTED),
		({ ok, findings }, [, , code]) => {
			expect(ok).toBe(false);
			expect(findings).toContainEqual(expect.objectContaining({ code, severity: "error" }));
		},
	);
}

describe("a protected header", () => {
	test("that is plain is taken", async () => {
		expect((await verifyHeader(`{"alg":"RS256",${pvs},"typ":"PVS"}`)).code).toBe(0);
	});

	const invalid: readonly (readonly [string, string])[] = [
		["crit", `{"alg":"RS256","crit":["exp"],${pvs},"typ":"PVS"}`],
		["b64", `{"alg":"RS256","b64":false,${pvs},"typ":"PVS"}`],
		["an algorithm twice", `{"alg":"none","alg":"RS256",${pvs},"typ":"PVS"}`],
		["a selection twice", `{"alg":"RS256","pvs":{"include":[],"exclude":[]},${pvs},"typ":"PVS"}`],
		[
			"an include twice",
			`{"alg":"RS256","pvs":{"include":[],"include":["web/**"],"exclude":["web/src.json"]},"typ":"PVS"}`,
		],
	];
	testHeaders(
		invalid.map(([name, header]) => [
			`with ${name} is refused`,
			() => signedWith(header),
			"SIGNATURE_INVALID",
		]),
	);

	const misread: readonly (readonly [string, string, string])[] = [
		["an escape in a pattern", `{"alg":"RS256",${pvs.replace("web/**", "web\\/**")},"typ":"PVS"}`, "TEXT"],
		["an escape in a name", `{"\\u0061lg":"RS256",${pvs},"typ":"PVS"}`, "TEXT"],
		[
			"a selection before its own",
			`{"a":{"pvs":{"include":[],"exclude":[]}},"alg":"RS256",${pvs},"typ":"PVS"}`,
			"ORDER",
		],
		["the name of a member among its values", `{"a":"typ","alg":"RS256",${pvs},"typ":"PVS"}`, "ORDER"],
		["an algorithm of its key first", `{"jwk":{"alg":"ES256"},"alg":"RS256",${pvs},"typ":"PVS"}`, "ORDER"],
	];
	testHeaders(
		misread.map(([name, header, rule]) => [
			`that devices read in another way is refused: ${name}`,
			() => signedWith(header),
			`SIGNATURE_HEADER_${rule}`,
		]),
	);

	test("without certificates has no member for them: devices take null for an empty list", async () => {
		const { code, stdout } = await verifyHeader(`{"alg":"RS256",${pvs},"typ":"PVS","x5c":null}`);
		expect(code).toBe(5);
		expect(stdout).toContain("[SIGNATURE_INVALID]");
	});

	const spoiled: readonly (readonly [string, (text: string) => string])[] = [
		["a blank", (text: string) => `${text.slice(0, 8)} ${text.slice(8)}`],
		["a line break", (text: string) => `${text}\n`],
		["an exclamation mark", (text: string) => `${text.slice(0, 9)}!${text.slice(9)}`],
		["a point", (text: string) => `${text}.`],
	];
	const plain = `{"alg":"RS256",${pvs},"typ":"PVS"}`;
	testHeaders(
		spoiled.flatMap(([name, spoil]) => [
			[`with ${name} among its base64url is refused`, () => signedWith(plain, spoil), "SIGNATURE_INVALID"],
			[
				`is refused beside a signature with ${name} among its base64url`,
				() => signedWith(plain, undefined, spoil),
				"SIGNATURE_INVALID",
			],
		]),
	);
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
		const { code, stdout } = await verifyHeader(`{"alg":"RS256",${pvs},"typ":"PVS","x5c":${x5c}}`, []);
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
