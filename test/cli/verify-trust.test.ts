import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonObject } from "../../src/ground/json/index.js";
import type { Workplace } from "../support/command-line.js";
import { FIELDS } from "../support/field.js";
import {
	changed,
	makeKey,
	packageBytes,
	put,
	signedParts,
	soundPart,
	type TestKey,
	trustedPlace,
} from "../support/gate.js";
import { type MadePackage, makePackage } from "../support/packages.js";

let place: Workplace;
let key: TestKey;
let other: TestKey;
let signed: MadePackage;
beforeAll(async () => {
	({ place, key } = trustedPlace());
	other = makeKey();
	put(place, "other.pem", other.publicPem);
	signed = await signedParts(key, await soundPart());
	put(place, "signed.tgz", await packageBytes(signed));
	put(place, "unsigned.tgz", await packageBytes(makePackage(await soundPart())));
});
afterAll(() => place.remove());

const verify = async (...args: readonly string[]) => {
	const { code, stdout } = await place.run(["verify", ...args, "--json"]);
	return { code, ...JSON.parse(stdout) };
};

const errors = (report: { findings: { severity: string; code: string; subject: string }[] }): string[] =>
	report.findings
		.filter(({ severity }) => severity === "error")
		.map(({ code, subject }) => `${code} ${subject}`);

const withMembers = async (name: string, members: Parameters<typeof changed>[1]): Promise<string> =>
	put(place, name, await packageBytes({ ...signed, state: changed(signed.state, members) }));

describe("with a trust root every file must be covered", () => {
	test("a signed container passes; the report names the root and where it came from", async () => {
		expect(await verify("signed.tgz", "--pubkey", "trusted.pem")).toMatchObject({
			code: 0,
			ok: true,
			trust: "full",
			trustRoot: { path: "trusted.pem", from: "--pubkey" },
		});
		const byVariable = await place.run(["verify", "signed.tgz"], { env: { PVR_SIG_PUBKEY: "trusted.pem" } });
		expect(byVariable.stdout).toContain("trust root: trusted.pem (from PVR_SIG_PUBKEY)");
		expect(byVariable.stdout.trimEnd().split("\n").at(-1)).toBe("signed.tgz: sound, trusted by trusted.pem");
	});

	test("an unsigned package does not", async () => {
		const report = await verify("unsigned.tgz", "--pubkey", "trusted.pem");
		expect(report).toMatchObject({ code: 5, trust: "failed" });
		expect(errors(report)).toContain("TRUST_UNCOVERED web/run.json");
	});

	test("a signature by another key does not", async () => {
		const report = await verify("signed.tgz", "--pubkey", "other.pem");
		expect(report).toMatchObject({ code: 5, trust: "failed" });
		expect(errors(report)).toContain("SIGNATURE_INVALID _sigs/web.json");
		expect(errors(report)).toContain("TRUST_UNCOVERED web/root.squashfs");
	});

	test.each([
		[
			"an unsigned container beside a signed one",
			{ "evil/run.json": jsonObject({}), "evil/src.json": jsonObject({}) },
			["evil/run.json", "evil/src.json"],
		],
		[
			"files of a system without a signature",
			{ "bsp/run.json": jsonObject({}), "bsp/build.json": jsonObject({}) },
			["bsp/run.json", "bsp/build.json"],
		],
		[
			"configuration of another name",
			{ "_config/other/etc/passwd.json": jsonObject({}) },
			["_config/other/etc/passwd.json"],
		],
		["a device's own document", { "device.json": jsonObject({ groups: [] }) }, ["device.json"]],
		[
			"a mapping that says something",
			{ "network-mapping.json": jsonObject({ a: 1 }) },
			["network-mapping.json"],
		],
	])("%s is not covered", async (title, members, keys) => {
		const name = await withMembers(`${title.replaceAll(/\W/g, "-")}.tgz`, members);
		const report = await verify(name, "--pubkey", "trusted.pem");
		expect(report.code).toBe(5);
		for (const missing of keys) expect(errors(report)).toContain(`TRUST_UNCOVERED ${missing}`);
		expect(errors(report)).not.toContain("TRUST_UNCOVERED web/src.json");
	});

	test("what no device runs needs no signature: empty mappings, src.json and build.json beside what is covered", async () => {
		const name = await withMembers("exempt.tgz", {
			"network-mapping.json": jsonObject({}),
			"web/build.json": jsonObject({ by: "me" }),
		});
		expect(await verify(name, "--pubkey", "trusted.pem")).toMatchObject({ code: 5 });
		const outside = await withMembers("exempt-2.tgz", { "network-mapping.json": jsonObject({}) });
		expect(await verify(outside, "--pubkey", "trusted.pem")).toMatchObject({ code: 0, trust: "full" });
	});

	test("a signature that calls itself pvs@1 covers nothing", async () => {
		const document = signed.state.get("_sigs/web.json") as Map<string, never>;
		const name = await withMembers("pvs1.tgz", {
			"_sigs/web.json": new Map([...document, ["#spec", "pvs@1" as never]]),
		});
		const report = await verify(name, "--pubkey", "trusted.pem");
		expect(report.code).toBe(5);
		expect(errors(report)).toContain("TRUST_UNCOVERED web/run.json");
	});

	test("--allow-unsigned lets all or some through", async () => {
		const name = await withMembers("device.tgz", { "device.json": jsonObject({ groups: [] }) });
		const root = ["--pubkey", "trusted.pem"];
		expect(await verify(...root, "--allow-unsigned", "unsigned.tgz")).toMatchObject({
			code: 0,
			trust: "partial",
		});
		expect(await verify(name, ...root, "--allow-unsigned=device.json")).toMatchObject({
			code: 0,
			trust: "partial",
		});
		expect(await verify(name, ...root, "--allow-unsigned=*/device.json")).toMatchObject({ code: 5 });
		expect(await verify("signed.tgz", "--pubkey", "other.pem", "--allow-unsigned")).toMatchObject({
			code: 5,
		});
	});
});

describe("without a trust root", () => {
	test("the structure alone is judged, and the last line says so", async () => {
		for (const args of [
			["verify", "signed.tgz"],
			["verify", "unsigned.tgz", "--pubkey", "trusted.pem", "--no-trust"],
		]) {
			const { code, stdout } = await place.run(args);
			expect(code).toBe(0);
			expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/: structure sound, trusted by nobody$/);
		}
		expect(await verify("signed.tgz")).toMatchObject({ code: 0, ok: true, trust: "none", trustRoot: null });
	});

	test("--require-trust fails", async () => {
		const report = await verify("signed.tgz", "--require-trust");
		expect(report.code).toBe(5);
		expect(errors(report)).toEqual(["TRUST_NONE trust"]);
		expect((await place.run(["verify", "signed.tgz", "--require-trust", "--no-trust"])).code).toBe(2);
	});
});

describe("a policy", () => {
	const policy = (document: object): string =>
		put(place, "policy.json", JSON.stringify({ spec: "pvpkg/policy@1", ...document }));

	test("says who may sign what", async () => {
		policy({ sign: [{ keys: ["trusted.pem"], for: ["web/**"] }] });
		expect(await verify("signed.tgz", "--policy", "policy.json")).toMatchObject({ code: 0, trust: "full" });
		policy({ sign: [{ keys: [key.publicPem], for: ["we*/**"] }] });
		expect(await verify("signed.tgz", "--policy", "policy.json")).toMatchObject({ code: 0 });
		policy({
			sign: [
				{ keys: ["trusted.pem"], for: ["other/**"] },
				{ keys: ["other.pem"], for: ["**"] },
			],
		});
		const report = await verify("signed.tgz", "--policy", "policy.json");
		expect(report.code).toBe(5);
		expect(errors(report)).toContain("TRUST_UNCOVERED web/run.json");
		policy({ sign: [{ keys: ["trusted.pem"], for: ["web/*.squashfs"] }] });
		expect(errors(await verify("signed.tgz", "--policy", "policy.json"))).not.toContain(
			"TRUST_UNCOVERED web/root.squashfs",
		);
	});

	test("says which algorithms and keys are good enough", async () => {
		policy({ sign: [{ keys: ["trusted.pem"], for: ["**"], algorithms: ["ES256"] }] });
		expect(errors(await verify("signed.tgz", "--policy", "policy.json"))).toContain(
			"SIGNATURE_INVALID _sigs/web.json",
		);
		policy({ sign: [{ keys: ["trusted.pem"], for: ["**"], minRsaBits: 3072 }] });
		expect(errors(await verify("signed.tgz", "--policy", "policy.json"))).toContain(
			"SIGNATURE_INVALID _sigs/web.json",
		);
	});

	test("says what needs no signature, and what else there must be", async () => {
		const name = await withMembers("device-2.tgz", { "device.json": jsonObject({ groups: [] }) });
		policy({ sign: [{ keys: ["trusted.pem"], for: ["**"] }], unsigned: ["device.json"] });
		expect(await verify(name, "--policy", "policy.json")).toMatchObject({ code: 0, trust: "partial" });
		policy({ sign: [{ keys: ["trusted.pem"], for: ["**"] }], require: ["provenance"] });
		expect(errors(await verify("signed.tgz", "--policy", "policy.json"))).toEqual([
			"TRUST_ATTESTATION policy",
		]);
		policy({});
		expect(await verify("signed.tgz", "--policy", "policy.json")).toMatchObject({ code: 5, trust: "failed" });
	});

	test.each([
		["an unknown member", { sign: [{ keys: ["trusted.pem"], for: ["**"], fro: [] }] }],
		["an unknown member on top", { signs: [] }],
		["another version", { spec: "pvpkg/policy@2" }],
		["nobody", { sign: [{ for: ["**"] }] }],
		["a wrong type", { sign: [{ keys: "trusted.pem", for: ["**"] }] }],
		["an unknown algorithm", { sign: [{ keys: ["trusted.pem"], for: ["**"], algorithms: ["HS256"] }] }],
		["an unknown kind", { require: ["luck"] }],
	])("with %s is refused", async (_, document) => {
		policy(document);
		const { code, stderr } = await place.run(["verify", "signed.tgz", "--policy", "policy.json"]);
		expect(code).toBe(3);
		expect(stderr).toContain("policy.json");
	});

	test("with a member twice is refused", async () => {
		put(place, "twice.json", '{"spec":"pvpkg/policy@1","unsigned":[],"unsigned":["**"]}');
		expect((await place.run(["verify", "signed.tgz", "--policy", "twice.json"])).code).toBe(3);
	});
});

describe("several packages", () => {
	test("make one table and one exit code", async () => {
		const good = await place.run(["verify", "signed.tgz", "signed.tgz", "--pubkey", "trusted.pem"]);
		expect(good.code).toBe(0);
		expect(good.stdout).toMatch(/^PACKAGE +VERDICT +ERRORS +WARNINGS$/m);
		const bad = await place.run(["verify", "signed.tgz", "unsigned.tgz", "--pubkey", "trusted.pem"]);
		expect(bad.code).toBe(5);
		expect(bad.stdout).toMatch(/^unsigned\.tgz +not trusted +[1-9]/m);
		const { stdout } = await place.run(["verify", "unsigned.tgz", "--require-trust"]);
		expect(stdout.trimEnd()).toMatch(/: not trusted$/);
		const document = await verify("signed.tgz", "unsigned.tgz", "--pubkey", "trusted.pem");
		expect(document).toMatchObject({
			ok: false,
			packages: [
				{ path: "signed.tgz", ok: true },
				{ path: "unsigned.tgz", ok: false },
			],
		});
	});

	test("one that cannot be read does not keep the others from being looked at", async () => {
		const result = await place.run(["verify", "trusted.pem", "signed.tgz", "--pubkey", "trusted.pem"]);
		expect(result.code).toBe(3);
		expect(result.stdout).toContain("signed.tgz: sound");
	});
});

describe.each(FIELDS)("what was found in the field keeps its verdict, $label", (field) => {
	const sound = ["signed.tgz", "drivers.json", "configured.json", "plain.json", "separately-signed.json"];
	test.each(sound)("%s: sound", async (name) => {
		const root = ["--no-dates", "--cacerts", field.path("ca-certificates.crt")];
		expect(await verify(field.path(name), ...root)).toMatchObject({ code: 0, trust: "full" });
		expect(await verify(field.path(name), "--no-dates")).toMatchObject({ code: 0, trust: "none" });
	});

	test("device.json: one signature whose file was removed", async () => {
		const report = await verify(
			field.path("device.json"),
			"--no-dates",
			"--cacerts",
			field.path("ca-certificates.crt"),
		);
		expect(errors(report)).toEqual([
			"SIGNATURE_INVALID _sigs/_hostconfig.json",
			"SIGNATURE_EMPTY _sigs/_hostconfig.json",
		]);
	});

	test("unsigned.tar: sound in structure; nobody signed it", async () => {
		const path = field.path("unsigned.tar");
		expect(await verify(path)).toMatchObject({ code: 0, trust: "none" });
		expect(await verify(path, "--cacerts", field.path("ca-certificates.crt"))).toMatchObject({ code: 5 });
	});
});
