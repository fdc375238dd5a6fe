import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyFiles, writeLayout } from "../support/attestations.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { elfFile } from "../support/elf-file.js";
import { tarball } from "../support/tar-builder.js";
import { dir, file } from "../support/tar-members.js";

// Secrets are planted wherever a person, a CI system or a file may have them; no document has any of them.

/** What every planted secret begins with. */
const MARK = "s3cret";
const SHA = "0123456789abcdef0123456789abcdef01234567";

/** Variables as CI systems set them, and as users do. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
	PVPKG_TIER: "fast",
	GITLAB_CI: "true",
	CI_JOB_TOKEN: `${MARK}-job-token`,
	CI_JOB_JWT_V2: `${MARK}-jwt`,
	CI_REGISTRY_PASSWORD: `${MARK}-registry`,
	CI_PROJECT_URL: `https://gitlab-ci-token:${MARK}-project@gitlab.example/team/app?private_token=${MARK}`,
	CI_JOB_URL: `https://ci:${MARK}-job@gitlab.example/team/app/-/jobs/1?token=${MARK}#${MARK}`,
	CI_REPOSITORY_URL: `https://gitlab-ci-token:${MARK}@gitlab.example/team/app.git`,
	CI_COMMIT_SHA: SHA,
	CI_COMMIT_REF_NAME: "main",
	CI_COMMIT_MESSAGE: `${MARK}-message`,
	GITHUB_TOKEN: `${MARK}-github`,
	ACTIONS_ID_TOKEN_REQUEST_TOKEN: `${MARK}-oidc`,
	ACTIONS_ID_TOKEN_REQUEST_URL: `https://oidc.example/?token=${MARK}`,
	AWS_SECRET_ACCESS_KEY: `${MARK}-aws`,
	HTTP_PROXY: `http://ci:${MARK}-proxy@127.0.0.1:9`,
	https_proxy: `http://ci:${MARK}-proxy@127.0.0.1:9`,
	PVR_HTTP_PROXY: `http://ci:${MARK}-pvr-proxy@127.0.0.1:9`,
	NO_PROXY: "127.0.0.1",
	PVPKG_CACHE_KEY: `${MARK}-cache-key-which-is-long`,
	PVPKG_TOKEN: `${MARK}-token`,
	PVR_REGISTRY_PASSWORD: `${MARK}-pvr-password`,
	PVR_REGISTRY_USERNAME: "ci",
};

/** Options that decide what is in a package, with secrets in them. */
const PACKAGE_OPTIONS: readonly string[] = [
	...["--config-json", "config.json"],
	...["--arg", `PV_LXC_EXTRA_ENV=["KEY=${MARK}-argument"]`],
	...["--arg", "PV_GROUP=app"],
	...["--format-options", `-comp gzip -e ${MARK}-exclude`],
];

const EVIDENCE: readonly string[] = ["--sbom", "spdx-json,cyclonedx-json", "--provenance"];

let place: Workplace;
let web: Server;
let address: string;

beforeAll(async () => {
	place = new Workplace();
	writeLayout(place);
	keyFiles(place, "attest");
	writeFileSync(place.path("config.json"), JSON.stringify({ Env: [`PASSWORD=${MARK}-config`] }));
	mkdirSync(place.path(".docker"));
	const auths = {
		"127.0.0.1": { auth: Buffer.from(`ci:${MARK}-docker`).toString("base64") },
		"registry.example": { identitytoken: `${MARK}-identity`, registrytoken: `${MARK}-registry-token` },
	};
	const headers = { "X-Token": `${MARK}-header` };
	writeFileSync(place.path(".docker/config.json"), JSON.stringify({ auths, HttpHeaders: headers }));
	const program = "import { readFileSync as r } from 'node:fs'; import { sign } from 'node:crypto';";
	writeFileSync(
		place.path("sign.mjs"),
		`${program} process.stdout.write(sign("sha256", r(0), r(process.argv[2])));`,
	);
	const archive = tarball(
		dir("bin/"),
		file("bin/app", elfFile({ machine: 62, bits: 64 }), { mode: 0o755 }),
		dir("etc/"),
		file("etc/shadow", `root:${MARK}-shadow:1::::::\n`),
	);
	web = createServer((_, response) => void response.end(archive));
	await new Promise<void>((listening) => web.listen(0, "127.0.0.1", listening));
	address = `127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(() => {
	web.close();
	place.remove();
});

/** Every document in a directory, with what stands in base64 inside of it. */
function documentsIn(directory: string): [name: string, text: string][] {
	const names = readdirSync(place.path(directory)).filter((name) => name.endsWith(".json"));
	return names.map((name) => {
		const text = readFileSync(join(place.path(directory), name), "utf8");
		const inner = [...text.matchAll(/"([A-Za-z0-9+/]{40,}={0,2})"/g)].map(([, base64]) =>
			Buffer.from(base64!, "base64").toString("latin1"),
		);
		return [name, [text, ...inner].join("\n")];
	});
}

function expectNoSecrets(directory: string, count: number): void {
	const documents = documentsIn(directory);
	expect(documents.map(([name]) => name)).toHaveLength(count);
	const keys = ["key.pem", "attest.pem"].flatMap((name) =>
		readFileSync(place.path(name), "utf8")
			.split("\n")
			.filter((line) => line.length > 40),
	);
	for (const [name, text] of documents) {
		const planted = [MARK, "demo-token", place.directory, "sign.mjs", "gitlab-ci-token", ...keys];
		expect({ name, found: planted.filter((secret) => text.includes(secret)) }).toEqual({ name, found: [] });
	}
}

async function run(args: readonly string[], cwd = place.directory): Promise<void> {
	const { code, stderr } = await place.run(args, { env: ENVIRONMENT, cwd });
	expect(code, stderr).toBe(0);
}

test.each(["bundle", "dsse", "statement"])(
	"an image of a registry that asks for a password, as %s",
	async (form) => {
		const registry = await serveDemo();
		try {
			await run([
				...[
					"export",
					`${registry.host}/demo/app:1.0`,
					"web",
					"-p",
					"linux/arm64",
					"-o",
					`registry-${form}/web.tgz`,
				],
				...["--username", "ci", "--password", `${MARK}-argv`, "--insecure", registry.host],
				...["--pubkey", "attest.pub", "--signer-cmd", `${process.execPath} sign.mjs attest.pem ${MARK}-pin`],
				...[...PACKAGE_OPTIONS, ...EVIDENCE, "--attestation-form", form],
			]);
		} finally {
			await registry.close();
		}
		expectNoSecrets(`registry-${form}`, 5);
		const [, provenance] = documentsIn(`registry-${form}`).find(([name]) => name.includes("provenance"))!;
		// What is left is what an auditor looks for.
		expect(provenance).toContain('"arguments":{"PV_GROUP":"app"},"formatOptions":"-comp gzip"');
		expect(provenance).toContain(`git+https://gitlab.example/team/app@refs/heads/main`);
		expect(provenance).toContain('"invocationId":"https://gitlab.example/team/app/-/jobs/1"');
	},
);

test("a root file system at an address with a password and a token", async () => {
	const url = `tar:http://ci:${MARK}-url@${address}/rootfs.tar?private_token=${MARK}-query#${MARK}-fragment`;
	await run([
		...["export", url, "web", "-p", "amd64", "--config", "Entrypoint=/bin/app", "-o", "rootfs/web.tgz"],
		...[...EVIDENCE, "--attest-key", "attest.pem"],
	]);
	expectNoSecrets("rootfs", 5);
});

test("a project whose src.json has secrets in every member", async () => {
	const source = {
		"#spec": "service-manifest-src@1",
		template: "builtin-lxc-docker",
		args: { PV_GROUP: "app", PV_LXC_EXTRA_ENV: [`KEY=${MARK}-args`] },
		config: { Env: [`PASSWORD=${MARK}-config`] },
		rootfs_url: `http://ci:${MARK}-url@${address}/rootfs.tar?token=${MARK}`,
		docker_config: { Entrypoint: ["/bin/app"], Env: [`TOKEN=${MARK}-docker-config`] },
		pv_build_origin: `${MARK}-origin`,
		persistence: {},
	};
	mkdirSync(place.path("project/pvpkg/amd64/web"), { recursive: true });
	writeFileSync(place.path("project/pvpkg.json"), JSON.stringify({ name: "p", version: "1" }));
	writeFileSync(place.path("project/pvpkg/amd64/web/src.json"), JSON.stringify(source));
	await run(
		[
			...["build", "--build-version", "1", "--name-template", "p.$ARCH.tgz", "--evidence-dir", "evidence"],
			...[...EVIDENCE, "--attest-key", "../attest.pem"],
		],
		place.path("project"),
	);
	expectNoSecrets("project/evidence", 5);
});
