import type { KeyObject } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	envelopeOf,
	keyFiles,
	readBundle,
	readStatement,
	type TestBundle,
	type TestStatement,
	writeLayout,
} from "../support/attestations.js";
import { Workplace } from "../support/command-line.js";

// Whether signed statements are about a package, and who made them (docs/provenance.md).

let place: Workplace;
let key: KeyObject;
let other: KeyObject;
const FILE = "a/web.tgz.provenance.sigstore.json";
const BUILDER = "https://ci.example/team/builder";
const CI = ["--builder-id", BUILDER, "--attest-key", "attest.pem"];

beforeAll(async () => {
	place = new Workplace();
	key = keyFiles(place, "attest");
	other = keyFiles(place, "other");
	writeLayout(place);
	writeLayout(place, "2.37", "newer");
	const common = ["web", "-p", "amd64", "--as", "registry.example/team/web:v1", "--provenance", ...CI];
	await done("export", "oci:image:v1", ...common, "-o", "a/web.tgz", "--sbom", "spdx-json,cyclonedx-json");
	await done("export", "oci:newer:v1", ...common, "-o", "b/web.tgz");
	copyFileSync(place.path("a/web.tgz"), place.path("alone.tgz"));
});
afterAll(() => place.remove());

const pvpkg = (...args: readonly string[]) => place.run(args, { env: { PVPKG_TIER: "fast" } });

async function done(...args: readonly string[]): Promise<string> {
	const { code, stdout, stderr } = await pvpkg(...args);
	expect(code, stderr).toBe(0);
	return stdout;
}

const TRUSTED = ["--pubkey", "public.pem", "--attest-pubkey", "attest.pub"];

/** The exit code, and the rules about attestations that are broken. */
async function verdict(...args: readonly string[]): Promise<readonly [number | null, ...string[]]> {
	const { code, stdout } = await pvpkg("verify", ...args, "--json");
	const { findings, attestations } = JSON.parse(stdout);
	const found = findings
		.filter((one: { code: string }) => /^ATT_|^TRUST_ATT|^SBOM_/.test(one.code))
		.map((one: { code: string; severity: string }) => `${one.severity} ${one.code}`);
	const kinds = attestations.flatMap((one: { attested: string | null }) => one.attested ?? []);
	return [code, ...new Set<string>(found), ...kinds];
}

function write(name: string, value: object | string): string {
	writeFileSync(place.path(name), typeof value === "string" ? value : JSON.stringify(value));
	return name;
}

/** A file with the provenance after a change of the bundle. */
function changedBundle(change: (bundle: TestBundle) => void): string {
	const bundle = readBundle(place.path(FILE));
	change(bundle);
	return write("changed.sigstore.json", bundle);
}

/** A file with a changed statement that the trusted key signed. */
function changedStatement(change: (statement: TestStatement) => void): string {
	const statement = readStatement(place.path(FILE));
	change(statement);
	return write("changed.dsse.json", envelopeOf(JSON.stringify(statement), [key]));
}

const flipped = (base64: string, at: number): string => {
	const bytes = Buffer.from(base64, "base64");
	bytes[at]! ^= 1;
	return bytes.toString("base64");
};

describe("a sound attestation", () => {
	test("is found beside the package, and reported", async () => {
		expect(await verdict("a/web.tgz", ...TRUSTED)).toEqual([0, "provenance", "spdx", "cyclonedx"]);
		const text = await done("verify", "a/web.tgz", ...TRUSTED);
		expect(text).toContain(`attested: provenance (${FILE})`);
	});

	test("is looked for in --evidence-dir, or named", async () => {
		expect(await verdict("alone.tgz", ...TRUSTED)).toEqual([0]);
		expect(await verdict("alone.tgz", ...TRUSTED, "--attestation", FILE)).toEqual([0, "provenance"]);
		copyFileSync(place.path("a/web.tgz"), place.path("web.tgz"));
		expect(await verdict("web.tgz", ...TRUSTED, "--evidence-dir", "a")).toEqual([
			...[0, "provenance", "spdx", "cyclonedx"],
		]);
	});

	test("is one with several signatures, of which a trusted key made one", async () => {
		const text = Buffer.from(readBundle(place.path(FILE)).dsseEnvelope.payload, "base64").toString();
		const file = write("several.json", envelopeOf(text, [other, key]));
		expect(await verdict("alone.tgz", ...TRUSTED, "--attestation", file)).toEqual([0, "provenance"]);
	});

	test("of another file with the same state is a warning: the package was signed again", async () => {
		copyFileSync(place.path("a/web.tgz"), place.path("again.tgz"));
		await done("sign", "again.tgz", "--key", "other.pem");
		expect(
			await verdict(
				"again.tgz",
				"--pubkey",
				"other.pub",
				"--attest-pubkey",
				"attest.pub",
				"--attestation",
				FILE,
			),
		).toEqual([0, "warning ATT_FILE", "provenance"]);
	});

	test("holds for the checkout of the package, too", async () => {
		await done("checkout", "a/web.tgz", "checkout");
		expect(await verdict("checkout", ...TRUSTED, "--attestation", FILE)).toEqual([0, "provenance"]);
	});
});

describe("an attestation that does not hold", () => {
	test.each<[string, () => string, string]>([
		["of another package", () => "b/web.tgz.provenance.sigstore.json", "error ATT_SUBJECT"],
		[
			"with a byte of its payload changed",
			() =>
				changedBundle(({ dsseEnvelope }) => {
					dsseEnvelope.payload = flipped(dsseEnvelope.payload, 1000);
				}),
			"error ATT_SIGNATURE",
		],
		[
			"with a byte of its signature changed",
			() =>
				changedBundle(({ dsseEnvelope: { signatures } }) => {
					signatures[0]!.sig = flipped(signatures[0]!.sig, 10);
				}),
			"error ATT_SIGNATURE",
		],
		[
			"signed over another type of payload",
			() =>
				write(
					"type.json",
					envelopeOf(JSON.stringify(readStatement(place.path(FILE))), [key], "application/json"),
				),
			"error ATT_TYPE",
		],
		[
			"whose type of payload was changed",
			() =>
				changedBundle(({ dsseEnvelope }) => {
					dsseEnvelope.payloadType = "application/vnd.in-toto+json2";
				}),
			"error ATT_TYPE",
		],
		[
			"of another predicate",
			() =>
				changedStatement((one) => {
					one.predicateType = "https://slsa.dev/verification_summary/v1";
				}),
			"error ATT_TYPE",
		],
		[
			"of another statement type",
			() =>
				changedStatement((one) => {
					one._type = "https://in-toto.io/Statement/v0.1";
				}),
			"error ATT_TYPE",
		],
		[
			"by an unknown key",
			() => write("unknown.json", envelopeOf(JSON.stringify(readStatement(place.path(FILE))), [other])),
			"error ATT_UNTRUSTED",
		],
		["without a signature", () => write("bare.json", readStatement(place.path(FILE))), "error ATT_UNTRUSTED"],
		[
			"that names the file, and another state",
			() =>
				changedStatement(({ subject }) => {
					subject[1]!.digest.sha256 = "0".repeat(64);
				}),
			"error ATT_SUBJECT",
		],
		[
			"that names another image",
			() =>
				changedStatement(({ subject }) => {
					subject[2]!.digest.sha256 = "0".repeat(64);
				}),
			"error ATT_SUBJECT",
		],
		[
			"whose state has no digest",
			() =>
				changedStatement(({ subject }) => {
					subject.splice(0, 2, { name: "state", digest: { sha512: "0" } });
				}),
			"error ATT_SUBJECT",
		],
		[
			"about nothing",
			() =>
				changedStatement((one) => {
					one.subject = [];
				}),
			"error ATT_FORM",
		],
		[
			"with two signatures in a bundle",
			() =>
				changedBundle(({ dsseEnvelope: { signatures } }) => {
					signatures.push({ ...signatures[0]! });
				}),
			"error ATT_FORM",
		],
		[
			"cut off",
			() => write("cut.json", readFileSync(place.path(FILE), "utf8").slice(0, -20)),
			"error ATT_FORM",
		],
		[
			"with a member twice in the bundle",
			() =>
				write(
					"twice.json",
					readFileSync(place.path(FILE), "utf8").replace('"payload":', '"payload":"e30=","payload":'),
				),
			"error ATT_FORM",
		],
		[
			"with a member twice in the statement",
			() => {
				const text = JSON.stringify(readStatement(place.path(FILE)));
				const twice = text.replace(
					'"predicateType":',
					'"predicateType":"https://spdx.dev/Document","predicateType":',
				);
				return write("inner.json", envelopeOf(twice, [key]));
			},
			"error ATT_FORM",
		],
		["that is a JSON document of another kind", () => "a/web.tgz.spdx.json", "error ATT_FORM"],
		[
			"with an SBOM of another package",
			() => {
				const statement = readStatement(place.path("a/web.tgz.spdx.sigstore.json"));
				statement.predicate.documentNamespace = `urn:pvpkg:spdx:${"0".repeat(64)}`;
				return write("sbom.json", envelopeOf(JSON.stringify(statement), [key]));
			},
			"error SBOM_IDENTITY",
		],
	])("%s fails", async (_, make, expected) => {
		const file = make();
		expect(await verdict("alone.tgz", ...TRUSTED, "--attestation", file)).toEqual([5, expected]);
	});

	test("with a trust root of packages alone, one by an unknown key is a warning", async () => {
		expect(await verdict("alone.tgz", "--pubkey", "public.pem", "--attestation", FILE)).toEqual([
			0,
			"warning ATT_UNTRUSTED",
		]);
		expect(await verdict("alone.tgz", "--no-trust", "--attestation", FILE)).toEqual([
			0,
			"warning ATT_UNTRUSTED",
		]);
	});

	test.each([
		["--require", "slsa"],
		["--attest-pubkey", "attest.pub", "--policy", "policy.json"],
	])("%s %s is a usage error", async (...options) => {
		write("policy.json", { spec: "pvpkg/policy@1" });
		expect((await pvpkg("verify", "alone.tgz", ...options)).code).toBe(2);
	});
});

describe("what is required", () => {
	test("--require fails without a trusted attestation of the kind", async () => {
		expect(await verdict("alone.tgz", ...TRUSTED, "--require", "provenance")).toEqual([
			5,
			"error TRUST_ATTESTATION",
		]);
		expect(await verdict("a/web.tgz", ...TRUSTED, "--require", "provenance,spdx")).toEqual([
			...[0, "provenance", "spdx", "cyclonedx"],
		]);
		expect(
			await verdict("alone.tgz", "--pubkey", "public.pem", "--require", "provenance", "--attestation", FILE),
		).toEqual([5, "error ATT_UNTRUSTED", "error TRUST_ATTESTATION"]);
	});

	test("a policy and --require can ask for CycloneDX", async () => {
		policy({ keys: ["attest.pub"] }, ["provenance", "cyclonedx"]);
		expect((await verdict("a/web.tgz", "--policy", "policy.json"))[0]).toBe(0);
		expect(await verdict("b/web.tgz", "--policy", "policy.json")).toEqual([
			...[5, "error TRUST_ATTESTATION", "provenance"],
		]);
		expect((await verdict("a/web.tgz", ...TRUSTED, "--require", "cyclonedx"))[0]).toBe(0);
		expect((await verdict("b/web.tgz", ...TRUSTED, "--require", "cyclonedx"))[0]).toBe(5);
	});

	test("an attestation of any size is read to its limit alone", async () => {
		const huge = await verdict("alone.tgz", ...TRUSTED, "--attestation", "/dev/zero");
		expect(huge).toEqual([5, "error ATT_FORM"]);
		expect((await pvpkg("verify", "alone.tgz", "--attestation", "gone.json")).code).toBe(4);
	});

	const policy = (attest: object | undefined, require: readonly string[] = ["provenance"]) =>
		write("policy.json", {
			spec: "pvpkg/policy@1",
			sign: [{ keys: ["public.pem"], for: ["**"] }],
			require,
			...(attest && { attest: [attest] }),
		});

	test.each<[string, object | undefined, readonly (string | number)[]]>([
		["the key alone", { keys: ["attest.pub"] }, [0, "provenance"]],
		["the builder", { keys: ["attest.pub"], builders: ["https://ci.example/team/*"] }, [0, "provenance"]],
		["the image", { keys: ["attest.pub"], images: ["registry.example/team/*"] }, [0, "provenance"]],
		["another key", { keys: ["other.pub"] }, [5, "error ATT_UNTRUSTED", "error TRUST_ATTESTATION"]],
		[
			"another builder",
			{ keys: ["attest.pub"], builders: ["https://ci.example/other/*"] },
			[5, "error ATT_POLICY", "error TRUST_ATTESTATION"],
		],
		[
			"another host",
			{ keys: ["attest.pub"], builders: ["https://ci.example.evil/team/*"] },
			[5, "error ATT_POLICY", "error TRUST_ATTESTATION"],
		],
		[
			"another image",
			{ keys: ["attest.pub"], images: ["registry.example/other/*"] },
			[5, "error ATT_POLICY", "error TRUST_ATTESTATION"],
		],
		["nobody", undefined, [5, "error ATT_UNTRUSTED", "error TRUST_ATTESTATION"]],
	])("a policy that allows %s", async (_, attest, expected) => {
		policy(attest);
		expect(await verdict("alone.tgz", "--policy", "policy.json", "--attestation", FILE)).toEqual(expected);
	});

	test("a builder counts only with a key of its own entry", async () => {
		write("policy.json", {
			spec: "pvpkg/policy@1",
			sign: [{ keys: ["public.pem"], for: ["**"] }],
			attest: [
				{ keys: ["attest.pub"], builders: ["https://elsewhere.example/**"] },
				{ keys: ["other.pub"], builders: ["https://ci.example/**"] },
			],
		});
		expect(await verdict("alone.tgz", "--policy", "policy.json", "--attestation", FILE)).toEqual([
			5,
			"error ATT_POLICY",
		]);
	});

	test("an authority vouches for the key that signed package and provenance", async () => {
		await done("keygen", "--config-dir", "keys");
		const own = ["--config-dir", "keys"];
		const { code, stderr } = await place.run(
			["export", "oci:image:v1", "web", "-p", "amd64", "-o", "c/web.tgz", "--provenance", ...own],
			{ env: { PVR_SIG_KEY: undefined, PVPKG_TIER: "fast" } },
		);
		expect(code, stderr).toBe(0);
		const found = await verdict("c/web.tgz", ...own, "--require", "provenance");
		expect(found).toEqual([0, "provenance"]);
		write("policy.json", {
			spec: "pvpkg/policy@1",
			sign: [{ cas: ["keys/pvs/cacerts.default.pem"], for: ["**"] }],
			require: ["provenance"],
			attest: [{ cas: ["keys/pvs/cacerts.default.pem"] }],
		});
		expect(await verdict("c/web.tgz", "--policy", "policy.json")).toEqual([0, "provenance"]);
	});
});
