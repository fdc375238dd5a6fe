import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { jsonObject, jsonValue, type PlainJson } from "../../src/ground/json/index.js";
import { openPackage, textObject } from "../../src/pantavisor/package/index.js";
import {
	localSigner,
	parseCertificates,
	parsePrivateKey,
	partSelection,
	rawSelection,
	signState,
} from "../../src/pantavisor/signing/index.js";
import { encodeState } from "../../src/pantavisor/state/index.js";
import { type Verifiable, verifyPackage } from "../../src/verify/index.js";
import { FIELDS } from "../support/field.js";
import { fakeImage, type MadePackage, makePackage, webPart } from "../support/packages.js";

const key = parsePrivateKey(
	generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
		type: "pkcs8",
		format: "pem",
	}) as string,
	"key",
);
const trust = { publicKeys: [key.publicKey] };

async function signed(part = webPart(), include?: string[]): Promise<MadePackage> {
	const { state, objects } = makePackage(part);
	const task = include
		? { name: "web", selection: rawSelection("web", { include, exclude: ["web/src.json"] }) }
		: { name: "web", selection: partSelection("web") };
	return { state: await signState(state, task, localSigner(key)), objects };
}

const codes = async (subject: Verifiable, options = {}): Promise<string[]> =>
	(await verifyPackage(subject, { trust, readImages: false, ...options })).findings.map(
		({ severity, code }) => `${severity} ${code}`,
	);

test("a signed package is sound", async () => {
	const { state, objects } = await signed();
	const text = Buffer.from(encodeState(state));
	const report = await verifyPackage({ state, objects, text }, { trust, readImages: false });
	expect(report).toMatchObject({ ok: true, findings: [], objects: 3 });
	expect(report.signatures.map((signature) => signature.key)).toEqual(["_sigs/web.json"]);
	expect(report.coverage.notseen).toEqual(["#spec"]);
	expect(await codes({ state, objects }, { trust: undefined })).toEqual(["warning SIGNATURE_UNTRUSTED"]);
	expect(await codes({ state, objects }, { strict: true })).toEqual(["error STATE_UNCOVERED"]);
	const whole = await signed(webPart(), ["web/**", "#spec"]);
	expect(await codes(whole, { strict: true })).toEqual([]);
});

// docs/formats/devices.md#the-signature-check
test("only the text of members counts, not what lies between them", async () => {
	const { state, objects } = await signed();
	const canonical = encodeState(state);
	const between = canonical
		.replace(/^\{/, "{\n ")
		.replace(/("web\/[^"]*"):/g, "\n$1 : ")
		.replace(/\}$/, " }\n");
	for (const [text, found] of [
		[canonical, []],
		[between, []],
		[canonical.replace('"name":"web"', '"name": "web"'), ["error STATE_TEXT"]],
		[`${canonical}x`, ["error STATE_TEXT"]],
	] as const) {
		expect(await codes({ state, objects, text: Buffer.from(text) })).toEqual(found);
		const alone = found.map((finding) => finding.replace("error", "warning"));
		expect(await codes({ state, text: Buffer.from(text) })).toEqual(alone);
	}
});

test("an unsigned package is one with a warning, unless somebody is to be trusted", async () => {
	const part = makePackage(webPart());
	expect(await codes(part, { trust: undefined })).toEqual(["warning PART_UNSIGNED"]);
	expect(await codes(part)).toContain("error TRUST_UNCOVERED");
});

describe("what was changed is found", () => {
	test.each([
		[
			"an object's bytes",
			"error OBJECT_HASH",
			({ state, objects }: MadePackage) => ({
				state,
				objects: new Map([...objects].map(([hash]) => [hash, bufferContent(Buffer.from("x"))])),
			}),
		],
		[
			"an object that is missing",
			"error OBJECT_MISSING",
			({ state }: MadePackage) => ({ state, objects: new Map() }),
		],
		[
			"an object nobody names",
			"warning OBJECT_UNUSED",
			({ state, objects }: MadePackage) => ({
				state,
				objects: new Map([...objects, ["f".repeat(64), bufferContent(Buffer.alloc(1))]]),
			}),
		],
		[
			"a signed document",
			"error SIGNATURE_INVALID",
			({ state, objects }: MadePackage) => ({
				state: new Map([...state, ["web/run.json", jsonObject({})]]),
				objects,
			}),
		],
		[
			"the text of the state",
			"error STATE_TEXT",
			({ state, objects }: MadePackage) => ({
				state,
				objects,
				text: Buffer.from(encodeState(state).replace('{"#spec":"pvs@2"', '{ "#spec":"pvs@2"')),
			}),
		],
	])("%s", async (_, code, change) => {
		expect(await codes(change(await signed()))).toContain(code);
	});
});

describe("images and configurations are looked at", () => {
	test.each([
		["IMAGE_CUT", fakeImage(8192, 9000)],
		["IMAGE_PADDING", fakeImage(8300, 8250)],
		["IMAGE_MAGIC", textObject("x".repeat(200))],
		["IMAGE_SHORT", textObject("hsqs")],
	])("%s", async (code, image) => {
		expect(await codes(await signed(webPart(image)))).toEqual([`error ${code}`]);
	});

	test("an image that begins well is read", async () => {
		expect(await codes(await signed(), { readImages: true })).toEqual(["error IMAGE_DAMAGED"]);
	});

	test("a configuration that liblxc refuses", async () => {
		const { state, objects } = makePackage(webPart());
		const conf = textObject(
			"lxc.init.groups = 1\nlxc.mount.entry = a b\nlxc.cap.drop = chown\nlxc.cap.keep = kill\nhello\n",
		);
		const changed = new Map([...state, ["web/lxc.container.conf", conf.sha256]]);
		const found = await codes({ state: changed, objects: new Map([...objects, [conf.sha256, conf]]) });
		expect(found).toEqual(
			expect.arrayContaining([
				"error LXC_KEY",
				"error LXC_MOUNT",
				"error LXC_CAPABILITIES",
				"warning LXC_LINE",
			]),
		);
	});
});

describe.each(FIELDS)("packages from the field, $label", (field) => {
	test.each(["signed.tgz", "unsigned.tar"])("%s", async (name) => {
		const opened = await openPackage(field.path(name), { temporaryDirectory: tmpdir() });
		const authorities = parseCertificates(field.read("ca-certificates.crt"), "ca");
		const unsigned = name === "unsigned.tar";
		expect((await verifyPackage(opened, { trust: { authorities } })).ok).toBe(!unsigned);
		expect((await verifyPackage(opened)).ok).toBe(true);
		opened.close();
	});
});

test("no state makes it throw", async () => {
	const { state } = await signed();
	const key = fc.oneof(
		fc.constantFrom(...state.keys(), "_sigs/x.json", "a/run.json"),
		fc.string({ unit: "binary" }),
	);
	const header = fc.oneof(
		fc.jsonValue(),
		fc.constantFrom(
			{ alg: "RS256", pvs: { include: ["["], exclude: [1] } },
			{ alg: "ES256", jwk: {}, pvs: { include: ["a/{b"] } },
		),
	);
	const value = fc.oneof(
		fc.jsonValue(),
		header.map((content) => ({
			"#spec": "pvs@2",
			protected: Buffer.from(JSON.stringify(content)).toString("base64url"),
			signature: "AA",
		})),
		fc.constant({ "#spec": "service-manifest-run@1", name: 1, volumes: [null, "dm:x"], "root-volume": {} }),
	);
	await fc.assert(
		fc.asyncProperty(fc.dictionary(key, value), async (members) => {
			const changed = new Map([
				...state,
				...Object.entries(members).map(([name, plain]) => [name, jsonValue(plain as PlainJson)] as const),
			]);
			const report = await verifyPackage({ state: changed, objects: new Map() });
			expect(report.ok).toBe(report.findings.every(({ severity }) => severity !== "error"));
		}),
		{ numRuns: 300 },
	);
});
