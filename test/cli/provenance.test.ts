import { createHash, sign } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	keyFiles,
	readBundle,
	readStatement,
	type TestStatement,
	writeLayout,
} from "../support/attestations.js";
import { Workplace } from "../support/command-line.js";

// How packages came to be, as signed statements beside them (docs/provenance.md).

let place: Workplace;
beforeAll(() => {
	place = new Workplace();
	writeLayout(place);
	keyFiles(place, "attest");
	keyFiles(place, "curve", "P-256");
});
afterAll(() => place.remove());

type Environment = Readonly<Record<string, string>>;
const GITLAB: Environment = {
	GITLAB_CI: "true",
	CI_PROJECT_URL: "https://gitlab.example/team/app",
	CI_RUNNER_ID: "12",
	CI_JOB_URL: "https://gitlab.example/team/app/-/jobs/345",
	CI_COMMIT_SHA: "0123456789abcdef0123456789abcdef01234567",
	CI_COMMIT_REF_NAME: "main",
};
const GITHUB: Environment = {
	GITHUB_ACTIONS: "true",
	GITHUB_SERVER_URL: "https://github.com",
	GITHUB_REPOSITORY: "team/app",
	GITHUB_RUN_ID: "99",
	GITHUB_WORKFLOW_REF: "team/app/.github/workflows/release.yml@refs/tags/v1",
	GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
	GITHUB_REF: "refs/tags/v1",
};

function pvpkg(args: readonly string[], env: Environment = {}) {
	return place.run(args, { env: { PVPKG_TIER: "fast", ...env } });
}

async function done(args: readonly string[], env: Environment = {}): Promise<string> {
	const { code, stdout, stderr } = await pvpkg(args, env);
	expect(code, stderr).toBe(0);
	return stdout;
}

const exporting = (output: string, ...more: readonly string[]): string[] => [
	...["export", "oci:image:v1", "web", "-p", "amd64", "--as", "registry.example/team/web:v1"],
	...["-o", output, "--provenance", ...more],
];
const signed = (output: string, ...more: readonly string[]) =>
	exporting(output, "--attest-key", "attest.pem", ...more);
const read = (name: string) => readFileSync(place.path(name));
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const statementOf = (name: string) => readStatement(place.path(name));
/** The SHA-256 of a package's state without signatures. */
async function identityOf(name: string): Promise<string> {
	await done(["sbom", name, "-o", "identity.spdx.json"]);
	return JSON.parse(read("identity.spdx.json").toString()).documentNamespace.replace("urn:pvpkg:spdx:", "");
}

describe("export --provenance", () => {
	let statement: TestStatement;
	beforeAll(async () => {
		await done(signed("a/web.tgz", "--sbom", "spdx-json,cyclonedx-json", "--arg", "PV_GROUP=app"), GITLAB);
		statement = statementOf("a/web.tgz.provenance.sigstore.json");
	});

	test("lies beside the package, and SBOMs become statements, too", () => {
		expect(readdirSync(place.path("a")).sort()).toEqual([
			"web.tgz",
			"web.tgz.cdx.json",
			"web.tgz.cdx.sigstore.json",
			"web.tgz.provenance.sigstore.json",
			"web.tgz.spdx.json",
			"web.tgz.spdx.sigstore.json",
		]);
	});

	test("is about the file, its state without signatures, and every image", async () => {
		const spdx = JSON.parse(read("a/web.tgz.spdx.json").toString());
		const { packageFileName, checksums } = spdx.packages.find(
			(one: { packageFileName?: string }) => one.packageFileName,
		);
		expect(statement.subject).toEqual([
			{ name: "web.tgz", digest: { sha256: sha256(read("a/web.tgz")) } },
			{ name: "state", digest: { sha256: await identityOf("a/web.tgz") } },
			{ name: packageFileName, digest: { sha256: checksums[0].checksumValue } },
		]);
	});

	test("names what was asked for, and everything that it was made of", () => {
		const { buildType, externalParameters, internalParameters, resolvedDependencies } =
			statement.predicate.buildDefinition;
		expect(statement.predicateType).toBe("https://slsa.dev/provenance/v1");
		expect(buildType).toBe("urn:pvpkg:buildtype:export:1");
		expect(externalParameters).toEqual({
			platform: "linux/amd64",
			containers: [
				{
					name: "web",
					image: "registry.example/team/web:v1",
					arguments: { PV_GROUP: "app" },
					formatOptions: "",
				},
			],
		});
		expect(internalParameters).toMatchObject({
			engine: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
			sourceDateEpoch: 0,
			tier: "fast",
		});
		const named = (name: string) =>
			resolvedDependencies.filter((one: { name?: string }) => one.name === name);
		const [first] = named("manifest");
		expect(first.uri).toBe(
			`pkg:oci/web@sha256:${first.digest.sha256}?repository_url=registry.example%2Fteam%2Fweb&tag=v1`,
		);
		expect(first.annotations).toEqual({ container: "web", file: "root.squashfs", platform: "linux/amd64" });
		const chosen = JSON.parse(read(`image/blobs/sha256/${first.digest.sha256}`).toString());
		expect(named("layer").map((one: { digest: object }) => one.digest)).toEqual(
			chosen.layers.map((one: { digest: string }) => ({ sha256: one.digest.slice(7) })),
		);
		expect(named("config")[0].digest).toEqual({ sha256: chosen.config.digest.slice(7) });
		expect(resolvedDependencies.at(-1)).toEqual({
			uri: "git+https://gitlab.example/team/app@refs/heads/main",
			digest: { gitCommit: GITLAB.CI_COMMIT_SHA },
		});
	});

	test("src.json is named by the digest of its canonical form in the state", async () => {
		await done(["checkout", "a/web.tgz", "checkout"]);
		const state = JSON.parse(read("checkout/.pvr/json").toString());
		const found = statement.predicate.buildDefinition.resolvedDependencies.find(
			(one: { name?: string }) => one.name === "src.json",
		);
		const canonical = (value: unknown): string => {
			if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
			if (typeof value !== "object" || value === null) return JSON.stringify(value);
			const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
			return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
		};
		expect(found.digest.sha256).toBe(sha256(canonical(state["web/src.json"])));
	});

	test("names who built it, and the documents beside it", () => {
		expect(statement.predicate.runDetails).toEqual({
			builder: { id: "https://gitlab.example/team/app/-/runners/12", version: { pvpkg: expect.any(String) } },
			metadata: { invocationId: GITLAB.CI_JOB_URL },
			byproducts: [
				["web.tgz.spdx.json", "application/spdx+json"],
				["web.tgz.cdx.json", "application/vnd.cyclonedx+json"],
			].map(([name, mediaType]) => ({ name, digest: { sha256: sha256(read(`a/${name}`)) }, mediaType })),
		});
	});

	test.each([
		["spdx", "https://spdx.dev/Document"],
		["cdx", "https://cyclonedx.org/bom"],
	])("the statement of %s has the same subjects and the document as it is", (name, predicateType) => {
		const sbom = statementOf(`a/web.tgz.${name}.sigstore.json`);
		expect(sbom.predicateType).toBe(predicateType);
		expect(sbom.subject).toEqual(statement.subject);
		expect(sbom.predicate).toEqual(JSON.parse(read(`a/web.tgz.${name}.json`).toString()));
	});

	test("--json has every document with its path and digest", async () => {
		const { packages } = JSON.parse(await done([...signed("a/web.tgz", "--sbom", "spdx-json"), "--json"]));
		const rows = packages[0].documents.map(({ path, content, form, sha256: digest, size }: Listed) => {
			expect(digest).toBe(sha256(read(path)));
			expect(size).toBe(read(path).length);
			return [path, content, form];
		});
		expect(rows).toEqual([
			["a/web.tgz.spdx.json", "spdx-json", "json"],
			["a/web.tgz.provenance.sigstore.json", "provenance", "bundle"],
			["a/web.tgz.spdx.sigstore.json", "spdx-json", "bundle"],
		]);
	});

	test("is the same in another directory and from a warm cache, byte by byte", async () => {
		await done(signed("b/web.tgz", "--no-cache"), GITLAB);
		await done(signed("c/web.tgz"), GITLAB);
		expect(read("c/web.tgz.provenance.sigstore.json")).toEqual(read("b/web.tgz.provenance.sigstore.json"));
	});

	test("of another job differs in runDetails alone", async () => {
		await done(signed("d/web.tgz"), { ...GITLAB, CI_JOB_URL: `${GITLAB.CI_JOB_URL}6`, CI_RUNNER_ID: "13" });
		const [here, there] = [
			statementOf("c/web.tgz.provenance.sigstore.json"),
			statementOf("d/web.tgz.provenance.sigstore.json"),
		];
		expect(there.predicate.runDetails).not.toEqual(here.predicate.runDetails);
		expect({ ...there, predicate: there.predicate.buildDefinition }).toEqual({
			...here,
			predicate: here.predicate.buildDefinition,
		});
	});

	test("states times only where they are asked for", async () => {
		expect(JSON.stringify(statement)).not.toMatch(/startedOn|finishedOn/);
		await done(signed("e/web.tgz", "--timestamps"));
		const { startedOn, finishedOn } = statementOf("e/web.tgz.provenance.sigstore.json").predicate.runDetails
			.metadata;
		expect(Date.parse(finishedOn)).toBeGreaterThanOrEqual(Date.parse(startedOn));
		expect(Math.abs(Date.now() - Date.parse(startedOn))).toBeLessThan(600_000);
	});

	test("on GitHub the workflow is the builder; --builder-id wins; elsewhere nobody attends", async () => {
		await done(signed("f/web.tgz"), GITHUB);
		const { predicate } = statementOf("f/web.tgz.provenance.sigstore.json");
		expect(predicate.runDetails.builder.id).toBe(
			"https://github.com/team/app/.github/workflows/release.yml@refs/tags/v1",
		);
		expect(predicate.runDetails.metadata.invocationId).toBe(
			"https://github.com/team/app/actions/runs/99/attempts/1",
		);
		expect(predicate.buildDefinition.resolvedDependencies.at(-1).uri).toBe(
			"git+https://github.com/team/app@refs/tags/v1",
		);
		await done(signed("f/web.tgz", "--builder-id", "https://ci.example/builder"), GITHUB);
		expect(statementOf("f/web.tgz.provenance.sigstore.json").predicate.runDetails.builder.id).toBe(
			"https://ci.example/builder",
		);
		await done(signed("f/web.tgz"));
		expect(statementOf("f/web.tgz.provenance.sigstore.json").predicate.runDetails.builder.id).toBe(
			"urn:pvpkg:builder:unattended",
		);
	});

	test("--evidence-dir takes all documents elsewhere", async () => {
		await done(signed("g/web.tgz", "--sbom", "spdx-json", "--evidence-dir", "evidence/here"));
		expect(readdirSync(place.path("g"))).toEqual(["web.tgz"]);
		expect(readdirSync(place.path("evidence/here")).sort()).toEqual([
			"web.tgz.provenance.sigstore.json",
			"web.tgz.spdx.json",
			"web.tgz.spdx.sigstore.json",
		]);
	});

	test("a package that is refused leaves nothing", async () => {
		const { code } = await pvpkg([
			"export",
			"oci:image:v1",
			"web",
			"-p",
			"arm64",
			"-o",
			"h/web.tgz",
			"--provenance",
		]);
		expect({ code, made: existsSync(place.path("h")) }).toEqual({ code: 4, made: false });
	});

	test.each([
		["no key", ["--no-sign"]],
		["standard output", ["-o", "-"]],
		["a builder with a password", ["--builder-id", "https://ci:secret@ci.example/"]],
		["an unknown form", ["--attestation-form", "jws"]],
		[
			"a key for a statement that is not signed",
			["--attest-key", "attest.pem", "--attestation-form", "statement"],
		],
	])("%s is a usage error", async (_, options) => {
		expect((await pvpkg([...exporting("x/web.tgz"), ...options])).code).toBe(2);
	});

	test.each([
		["--attestation-form", "dsse"],
		["--attest-key", "attest.pem"],
		["--builder-id", "https://ci.example"],
		["--timestamps"],
		["--evidence-dir", "x"],
	])("%s without --provenance is a usage error", async (...option) => {
		const { code, stderr } = await pvpkg(["export", "oci:image:v1", "web", "-p", "amd64", ...option]);
		expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("--provenance with it") });
	});
});

interface Listed {
	readonly path: string;
	readonly content: string;
	readonly form: string;
	readonly sha256: string;
	readonly size: number;
}

describe("who signs", () => {
	test("the key of the package, with one warning", async () => {
		const { code, stderr } = await pvpkg(exporting("k/web.tgz", "--sbom", "spdx-json"));
		expect(code, stderr).toBe(0);
		expect(stderr.match(/--attest-key/g)).toHaveLength(1);
		expect(await done(["verify", "k/web.tgz", "--pubkey", "public.pem"])).toContain("attested: provenance");
	});

	test("PVPKG_ATTEST_KEY", async () => {
		await done(exporting("p/web.tgz"), { PVPKG_ATTEST_KEY: "curve.pem" });
		const options = ["--pubkey", "public.pem", "--attest-pubkey", "curve.pub"];
		expect(await done(["verify", "p/web.tgz", ...options])).toContain("attested: provenance");
	});

	test("--signer-cmd, as for the package", async () => {
		const program = "import { readFileSync as r } from 'node:fs'; import { sign } from 'node:crypto';";
		writeFileSync(
			place.path("sign.mjs"),
			`${program} process.stdout.write(sign("sha256", r(0), r("attest.pem")));`,
		);
		const command = `${process.execPath} sign.mjs`;
		await done(exporting("l/web.tgz", "--signer-cmd", command, "--pubkey", "attest.pub"));
		await done(signed("m/web.tgz", "--key", "attest.pem"));
		expect(read("l/web.tgz.provenance.sigstore.json")).toEqual(read("m/web.tgz.provenance.sigstore.json"));
	});

	test("a bare envelope names its key", async () => {
		await done(signed("n/web.tgz", "--attestation-form", "dsse"));
		const { signatures } = JSON.parse(read("n/web.tgz.provenance.dsse.json").toString());
		const der = Buffer.from(
			read("attest.pub")
				.toString()
				.replace(/-----[^-]+-----|\n/g, ""),
			"base64",
		);
		expect(signatures[0].keyid).toBe(sha256(der));
		expect(await done(["verify", "n/web.tgz", "--no-trust", "--attest-pubkey", "attest.pub"])).toContain(
			"attested: provenance",
		);
	});

	test("somebody elsewhere: a statement without a key, signed detached", async () => {
		await done(exporting("o/web.tgz", "--no-sign", "--attestation-form", "statement"));
		const statement = "o/web.tgz.provenance.intoto.json";
		await done(["attest", statement, "--pubkey", "attest.pub", "--emit-payload", "to-sign"]);
		expect(read("to-sign").toString()).toBe(
			`DSSEv1 28 application/vnd.in-toto+json ${read(statement).length} ${read(statement)}`,
		);
		writeFileSync(place.path("signature"), sign("sha256", read("to-sign"), read("attest.pem")));
		await done(["attest", statement, "--pubkey", "attest.pub", "--attach", "signature"]);
		await done(["attest", statement, "--key", "attest.pem", "-o", "direct.sigstore.json"]);
		expect(read("o/web.tgz.provenance.sigstore.json")).toEqual(read("direct.sigstore.json"));
		const [bundle] = [readBundle(place.path("direct.sigstore.json"))];
		expect(Buffer.from(bundle.dsseEnvelope.payload, "base64")).toEqual(read(statement));
	});

	test("a signature by another key is not attached", async () => {
		const { code, stderr } = await pvpkg([
			...["attest", "o/web.tgz.provenance.intoto.json", "--pubkey", "curve.pub", "--attach", "signature"],
		]);
		expect(code).toBe(5);
		expect(stderr).toContain("expected a signature by the ES256 key given");
	});

	test("what is not a statement is not signed", async () => {
		writeFileSync(place.path("text.json"), "{}");
		expect((await pvpkg(["attest", "text.json", "--key", "attest.pem"])).code).toBe(3);
	});
});

describe("build --provenance", () => {
	test("names the lock, and is said in --json", async () => {
		mkdirSync(place.path("project"));
		const inside = (args: readonly string[]) =>
			place.run(args, { cwd: place.path("project"), env: { PVPKG_TIER: "fast" } });
		expect((await inside(["install", "-p", "linux/amd64", "oci:../image:v1", "web"])).code).toBe(0);
		const { code, stdout, stderr } = await inside([
			...["build", "--build-version", "1", "--name-template", "p.$ARCH.tgz", "--json"],
			...["--provenance", "--attest-key", "../attest.pem"],
		]);
		expect(code, stderr).toBe(0);
		const [release] = JSON.parse(stdout).releases;
		expect(release.documents.map(({ path }: Listed) => path.replace(/^\.\//, ""))).toEqual([
			"releases/p.amd64.tgz.provenance.sigstore.json",
		]);
		const { predicate } = statementOf("project/releases/p.amd64.tgz.provenance.sigstore.json");
		expect(predicate.buildDefinition.buildType).toBe("urn:pvpkg:buildtype:build:1");
		expect(predicate.buildDefinition.internalParameters).not.toHaveProperty("lock");
		expect((await inside(["lock", "--allow-outside"])).code).toBe(0);
		const locked = await inside([
			...["build", "--build-version", "1", "--name-template", "q.$ARCH.tgz", "--locked"],
			...["--provenance", "--attest-key", "../attest.pem"],
		]);
		expect(locked.code, locked.stderr).toBe(0);
		const digest = createHash("sha256").update(readFileSync(place.path("project/pvpkg.lock.json")));
		expect(
			statementOf("project/releases/q.amd64.tgz.provenance.sigstore.json").predicate.buildDefinition
				.internalParameters.lock,
		).toBe(`sha256:${digest.digest("hex")}`);
	});
});
