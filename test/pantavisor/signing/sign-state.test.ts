import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encodeCanonicalJson, jsonObject, parseJson } from "../../../src/ground/json/index.js";
import {
	attachSignature,
	coverageOf,
	lintSignature,
	localSigner,
	parsePrivateKey,
	parseSignature,
	partSelection,
	rawSelection,
	type Signer,
	signatureKeys,
	signingRequest,
	signState,
	updateSignatures,
	verifyState,
} from "../../../src/pantavisor/signing/index.js";
import { parseState, type State } from "../../../src/pantavisor/state/index.js";

const HASH = "ab".repeat(32);
const STATE: State = parseState(
	JSON.stringify({
		"#spec": "pantavisor-service-system@1",
		"_config/web/etc/a.conf": HASH,
		"device.json": {},
		"web/lxc.container.conf": HASH,
		"web/run.json": { name: "web", n: 1 },
		"web/src.json": {},
		"webfoo/run.json": {},
	}),
	"state",
);

function pem(type: "rsa" | "ec", option: number | string): string {
	const encoding = { type: "pkcs8", format: "pem" } as const;
	const pair =
		type === "rsa"
			? generateKeyPairSync("rsa", { modulusLength: option as number })
			: generateKeyPairSync("ec", { namedCurve: option as string });
	return pair.privateKey.export(encoding) as string;
}

const rsa = parsePrivateKey(pem("rsa", 2048), "key");
const task = { name: "web", selection: partSelection("web") };

function header(state: State, key = "_sigs/web.json"): string {
	return Buffer.from(parseSignature(state, key).protectedPart, "base64url").toString();
}

// docs/formats/pvr.md#what-a-signature-covers
describe("selections", () => {
	test.each([
		["part", partSelection("web"), ["web/**", "_config/web/**"], ["web/src.json", "_sigs/web.json"]],
		[
			"without config",
			partSelection("web", { noConfig: true }),
			["web/**"],
			["web/src.json", "_sigs/web.json"],
		],
		[
			"own patterns",
			partSelection("web", { include: ["./a", "b//c"], exclude: [] }),
			["web/a", "web/b/c", "_config/web/**"],
			["_sigs/web.json"],
		],
		[
			"raw",
			rawSelection("bsp", { include: ["bsp/**", "#spec"] }),
			["bsp/**", "#spec"],
			["src.json", "_sigs/bsp.json"],
		],
	])("%s", (_, selection, include, exclude) => {
		expect(selection).toEqual({ include, exclude });
	});
});

describe("a signature", () => {
	test("has pvr's header and file, to the byte", async () => {
		const signed = await signState(STATE, task, localSigner(rsa));
		const { n, e } = rsa.publicKey.export({ format: "jwk" });
		expect(header(signed)).toBe(
			`{"alg":"RS256","jwk":{"kty":"RSA","n":"${n}","e":"${e}"},"pvs":{"include":["web/**","_config/web/**"],"exclude":["web/src.json","_sigs/web.json"]},"typ":"PVS"}`,
		);
		expect(e).toBe("AQAB");
		const { protectedPart } = parseSignature(signed, "_sigs/web.json");
		const payload = `{"_config/web/etc/a.conf":"${HASH}","web/lxc.container.conf":"${HASH}","web/run.json":{"n":1,"name":"web"}}`;
		const signature = sign(
			"sha256",
			Buffer.from(`${protectedPart}.${Buffer.from(payload).toString("base64url")}`),
			rsa.privateKey,
		);
		expect(encodeCanonicalJson(signed.get("_sigs/web.json")!)).toBe(
			`{"#spec":"pvs@2","protected":"${protectedPart}","signature":"${signature.toString("base64url")}"}`,
		);
		expect([...signed.keys()].filter((key) => !STATE.has(key))).toEqual(["_sigs/web.json"]);
	});

	test("keeps its payload when asked to", async () => {
		const signed = await signState(STATE, { ...task, withPayload: true }, localSigner(rsa));
		const document = parseSignature(signed, "_sigs/web.json").document;
		expect([...document.keys()]).toEqual(["#spec", "payload", "protected", "signature"]);
		expect(Buffer.from(document.get("payload") as string, "base64url").toString()).toContain(
			'"web/run.json"',
		);
	});

	test.each([
		["prime256v1", "ES256", 64],
		["secp384r1", "ES384", 96],
		["secp521r1", "ES512", 132],
	])("by EC on %s", async (curve, algorithm, size) => {
		const key = parsePrivateKey(pem("ec", curve), "key");
		const signed = await signState(STATE, task, localSigner(key));
		const signature = parseSignature(signed, "_sigs/web.json");
		expect([signature.algorithm, signature.signature.length]).toEqual([algorithm, size]);
		expect(header(signed)).toMatch(/"jwk":\{"kty":"EC","crv":"P-\d+","x":"[\w-]+","y":"[\w-]+"\},"pvs"/);
		expect(verifyState(signed, { publicKeys: [key.publicKey] })[0]!.error).toBeUndefined();
		expect(lintSignature(signed, signature)).toEqual([]);
	});

	test.each([
		["a document", "web/run.json", jsonObject({ name: "web", n: 2 })],
		["an object", "web/lxc.container.conf", "cd".repeat(32)],
		["a new file", "web/new", HASH],
		["a configuration file", "_config/web/etc/b", HASH],
	])("no longer holds when %s changes", async (_, key, value) => {
		const signed = await signState(STATE, task, localSigner(rsa));
		const check = (state: State) => verifyState(state, { publicKeys: [rsa.publicKey] })[0]!.error;
		expect(check(signed)).toBeUndefined();
		expect(check(new Map([...signed, ["webfoo/run.json", HASH], ["web/src.json", HASH]]))).toBeUndefined();
		expect(check(new Map([...signed, [key, value]]))).toMatchObject({ code: "ERR_SIGNATURE" });
	});

	test("by another key does not hold", async () => {
		const signed = await signState(STATE, task, localSigner(rsa));
		const other = parsePrivateKey(pem("rsa", 2048), "key").publicKey;
		expect(verifyState(signed, { publicKeys: [other] })[0]!.error).toMatchObject({ code: "ERR_SIGNATURE" });
		expect(verifyState(signed, { publicKeys: [other, rsa.publicKey] })[0]!.error).toBeUndefined();
		expect(verifyState(signed, {})[0]!.error?.message).toMatch(/keys or authorities to trust, got none/);
	});

	test.each([
		[
			"nothing",
			{ name: "x", selection: partSelection("x") },
			/nothing that x\/\*\*, _config\/x\/\*\* covers/,
		],
		["itself alone", { name: "x", selection: { include: ["_sigs/x.json"], exclude: [] } }, /nothing/],
		[
			"a bare number",
			{ name: "n", selection: { include: ["n.json"], exclude: [] } },
			/n\.json is a bare number/,
		],
		["a path as its name", { name: "a/b", selection: partSelection("web") }, /expected a name/],
	])("over %s is refused", async (_, wrong, message) => {
		const state = parseState('{"n.json":1,"_sigs/x.json":{},"web/a":{}}', "state");
		await expect(signState(state, wrong, localSigner(rsa))).rejects.toThrow(message);
	});
});

describe("signing elsewhere", () => {
	test("gives the file of signing here", async () => {
		const request = signingRequest(STATE, task, localSigner(rsa));
		const attached = attachSignature(STATE, request, sign("sha256", request.input, rsa.privateKey));
		expect(attached).toEqual(await signState(STATE, task, localSigner(rsa)));
	});

	test("takes ECDSA in DER", async () => {
		for (let i = 0; i < 40; i++) {
			const key = parsePrivateKey(pem("ec", i % 2 ? "secp521r1" : "prime256v1"), "key");
			const der: Signer = {
				...localSigner(key),
				sign: (input) => Promise.resolve(sign(i % 2 ? "sha512" : "sha256", input, key.privateKey)),
			};
			const signed = await signState(STATE, task, der);
			expect(verifyState(signed, { publicKeys: [key.publicKey] })[0]!.error).toBeUndefined();
		}
	});

	test("refuses a signature that is not the key's", () => {
		const request = signingRequest(STATE, task, localSigner(rsa));
		for (const wrong of [Buffer.alloc(0), Buffer.alloc(256), sign("sha512", request.input, rsa.privateKey)]) {
			expect(() => attachSignature(STATE, request, wrong)).toThrow(
				/expected a signature by the RS256 key given/,
			);
		}
	});
});

describe("updating", () => {
	test("signs anew over the same keys", async () => {
		const signed = await signState(STATE, task, localSigner(rsa));
		const changed: State = new Map([...signed, ["web/run.json", jsonObject({ name: "web", n: 2 })]]);
		const other = parsePrivateKey(pem("ec", "prime256v1"), "key");
		const { state, keys } = await updateSignatures(changed, localSigner(other), ["web"]);
		expect(keys).toEqual(["_sigs/web.json"]);
		expect(header(state)).toContain(
			'"pvs":{"include":["web/**","_config/web/**"],"exclude":["web/src.json","_sigs/web.json"]}',
		);
		expect(verifyState(state, { publicKeys: [other.publicKey] })[0]!.error).toBeUndefined();
		expect((await updateSignatures(changed, localSigner(other), ["nothing"])).keys).toEqual([]);
	});

	test("gives lists that were missing their defaults, and every signature its place", async () => {
		const protectedPart = Buffer.from('{"alg":"RS256","pvs":{"include":null,"exclude":null}}').toString(
			"base64url",
		);
		const old = parseJson(`{"#spec":"pvs@2","protected":"${protectedPart}","signature":"AA"}`, "t");
		const { state, keys } = await updateSignatures(
			new Map([...STATE, ["sub/old.json", old]]),
			localSigner(rsa),
			["sub/*.json"],
		);
		expect(keys).toEqual(["sub/old.json"]);
		expect(header(state, "_sigs/old.json")).toContain(
			'"pvs":{"include":["*"],"exclude":["**/src.json","_sigs/old.json"]}',
		);
		expect(signatureKeys(state)).toEqual(["_sigs/old.json", "sub/old.json"]);
	});
});

test("coverage tells what strict secure boot would refuse", async () => {
	const signed = await signState(STATE, task, localSigner(rsa));
	const coverage = coverageOf(
		signed,
		signatureKeys(signed).map((key) => parseSignature(signed, key)),
	);
	expect(coverage).toEqual({
		protected: ["_config/web/etc/a.conf", "web/lxc.container.conf", "web/run.json"],
		excluded: ["_sigs/web.json", "web/src.json"],
		notseen: ["#spec", "device.json", "webfoo/run.json"],
		uncovered: ["#spec", "device.json", "webfoo/run.json"],
	});
});

// docs/formats/devices.md#the-importer
test.each([
	["include that begins with *", { include: ["*", "web/**"], exclude: [] }, {}, "SIGNATURE_PATTERN"],
	["include **", { include: ["**"], exclude: [] }, {}, "SIGNATURE_SELECTION"],
	[
		"exclude that the device reads otherwise",
		{ include: ["web/**"], exclude: ["**/**/run.json"] },
		{},
		"SIGNATURE_SELECTION",
	],
	["no excludes", { include: ["web/**"] }, {}, "SIGNATURE_EXCLUDE"],
	["no includes", { exclude: [] }, {}, "SIGNATURE_INCLUDE"],
	["pvs last", { include: ["web/**"], exclude: [] }, { typ: undefined }, "SIGNATURE_HEADER_ORDER"],
	["another typ", { include: ["web/**"], exclude: [] }, { typ: "JWS" }, "SIGNATURE_TYPE"],
	["empty chain", { include: ["web/**"], exclude: [] }, { x5c: [] }, "SIGNATURE_CHAIN"],
	["covering nothing", { include: ["x/**"], exclude: [] }, {}, "SIGNATURE_EMPTY"],
])("the device would not take: %s", (_, pvs, more, code) => {
	const members = jsonObject({ alg: "RS256", pvs, typ: "PVS", ...more });
	const protectedPart = Buffer.from(
		JSON.stringify(
			Object.fromEntries(
				[...members].map(([name, value]) => [name, value instanceof Map ? Object.fromEntries(value) : value]),
			),
		),
	).toString("base64url");
	const state: State = new Map([
		...STATE,
		["_sigs/web.json", jsonObject({ "#spec": "pvs@2", protected: protectedPart, signature: "AA" })],
	]);
	const codes = lintSignature(state, parseSignature(state, "_sigs/web.json")).map((finding) => finding.code);
	expect(codes).toContain(code);
});

describe("a trust with conditions", () => {
	const publicKeys = [rsa.publicKey];
	const verdict = async (conditions: object): Promise<string | undefined> => {
		const signed = await signState(STATE, task, localSigner(rsa, []));
		return verifyState(signed, { publicKeys, ...conditions })[0]!.error?.message;
	};

	test("takes keys of just so many bits, and none with fewer", async () => {
		expect(await verdict({ minimumRsaBits: 2048 })).toBeUndefined();
		expect(await verdict({ minimumRsaBits: 2049 })).toContain("at least 2049 bits, got 2048");
	});

	test("takes the algorithms that it names, and no others", async () => {
		expect(await verdict({ algorithms: ["ES256", "RS256"] })).toBeUndefined();
		expect(await verdict({ algorithms: ["ES256"] })).toContain(
			"expected one of the algorithms ES256, got RS256",
		);
	});
});

describe("a protected header", () => {
	const withHeader = async (change: (text: string) => string): Promise<State> => {
		const signed = await signState(STATE, task, localSigner(rsa, []));
		const value = signed.get("_sigs/web.json") as Map<string, string>;
		const text = change(Buffer.from(value.get("protected")!, "base64url").toString());
		const changed = new Map([...value, ["protected", Buffer.from(text).toString("base64url")]]);
		return new Map([...signed, ["_sigs/web.json", changed]]);
	};

	test.each([
		["crit", '{"crit":["x"],'],
		["b64", '{"b64":false,'],
	])("with %s is refused, as devices do not know it", async (_, start) => {
		const state = await withHeader((text) => text.replace("{", start));
		expect(() => parseSignature(state, "_sigs/web.json")).toThrow(/crit|b64/);
	});

	test("with a member twice is refused: readers differ about which one counts", async () => {
		const state = await withHeader((text) => text.replace("{", '{"alg":"none",'));
		expect(() => parseSignature(state, "_sigs/web.json")).toThrow(/every member once/);
	});
});
