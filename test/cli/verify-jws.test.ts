import { sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonObject } from "../../src/ground/json/index.js";
import { encodePayload, partSelection } from "../../src/pantavisor/signing/index.js";
import { Workplace } from "../support/command-line.js";
import { changed, makeKey, packageBytes, put, soundPart, type TestKey } from "../support/gate.js";
import { type MadePackage, makePackage } from "../support/packages.js";

let place: Workplace;
let key: TestKey;
let made: MadePackage;
beforeAll(async () => {
	place = new Workplace();
	key = makeKey();
	put(place, "trusted.pem", key.publicPem);
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
	return place.run(["verify", name, "--pubkey", "trusted.pem"]);
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
