import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { runShell } from "../support/shell.js";

// What a project does with the released tarball: as container-ci's submodule, and in the pipelines that
// `pvpkg ci init` writes. git and npm are the real ones.

const PLATFORMS = "linux/amd64,linux/arm/v6,linux/arm/v7,linux/arm64,linux/mips,linux/riscv64";
const LABELS = ["amd64", "arm32v6", "arm32v7", "arm64v8", "mips", "riscv64"];

let directory: string;
let tarball: string;
let registry: DemoRegistry;
let place: Workplace;

beforeAll(async () => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-released-"));
	run("bash", ".ci/release", directory);
	tarball = join(directory, readdirSync(directory).find((name) => name.endsWith(".tgz"))!);
	registry = await serveDemo();
	place = new Workplace();
});
afterAll(async () => {
	await registry.close();
	place.remove();
	rmSync(directory, { recursive: true });
});

/** Runs a shell script in a directory of the place, with the environment of a job. */
function shell(cwd: string, script: string): Promise<string> {
	return runShell(script, {
		cwd: place.path(cwd),
		env: {
			HOME: place.directory,
			PATH: [place.path("npm/bin"), process.env.PATH].join(delimiter),
			PVR_SIG_KEY: place.path("key.pem"),
			PVPKG_CACHE_DIR: place.path("cache"),
			PVPKG_CACHE_KEY: "the key of a test, which is long enough",
			PVPKG_JOBS: "0",
			npm_config_prefix: place.path("npm"),
			GIT_AUTHOR_NAME: "a",
			GIT_AUTHOR_EMAIL: "a@example.com",
			GIT_COMMITTER_NAME: "a",
			GIT_COMMITTER_EMAIL: "a@example.com",
			GIT_CONFIG_COUNT: "1",
			GIT_CONFIG_KEY_0: "protocol.file.allow",
			GIT_CONFIG_VALUE_0: "always",
		},
	});
}

/** Runs pvpkg in a directory of the place. */
async function done(cwd: string, ...args: readonly string[]): Promise<void> {
	const { code, stderr } = await place.run(args, { cwd: place.path(cwd) });
	expect(code, stderr).toBe(0);
}

/** Paths of files below a directory, without those that `skip` matches. */
function filesBelow(path: string, skip: RegExp): string[] {
	const entries = readdirSync(place.path(path), { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => !entry.isDirectory());
	const root = `${place.path(path)}/`;
	return files
		.map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
		.filter((name) => !skip.test(name))
		.sort();
}

describe("container-ci's lines, with a repository of our two programs as the submodule", () => {
	beforeAll(async () => {
		mkdirSync(place.path("base/container-ci"), { recursive: true });
		renameSync(tarball, place.path("base/container-ci/pvpkg.tgz"));
		tarball = place.path("base/container-ci/pvpkg.tgz");
		await done("base", "ci", "init", "container-ci", "--tarball", "container-ci/pvpkg.tgz");
		await shell("base/container-ci", "git init -q -b main . && git add . && git commit -qm programs");
		mkdirSync(place.path("project"));
		await shell(
			"project",
			"git init -q -b main . && git submodule --quiet add ../base/container-ci container-ci && git commit -qm 'first' && git tag v1.0",
		);
	});

	test("pvpkg_install writes a src.json for each platform, and pvpkg.json", async () => {
		const image = `${registry.host}/demo/app:1.0`;
		await shell("project", `./container-ci/pvpkg_install -p ${PLATFORMS} ${image} app --group system`);
		expect(filesBelow("project", /^(\.git|\.pvpkg|container-ci)\//)).toEqual([
			".gitmodules",
			"pvpkg.json",
			...LABELS.map((label) => `pvpkg/${label}/app/src.json`),
		]);
		const source = JSON.parse(readFileSync(place.path("project/pvpkg/mips/app/src.json"), "utf8"));
		expect(source).toMatchObject({ args: { PV_GROUP: "system" }, docker_tag: "1.0" });
	});

	test("build_exports makes a checkout and a package of each, under container-ci's names", async () => {
		await shell(
			"project",
			"git add pvpkg pvpkg.json && git commit -qm 'packages' && ./container-ci/build_exports",
		);
		const { name, version } = JSON.parse(readFileSync(place.path("project/pvpkg.json"), "utf8"));
		const commit = (await shell("project", "git describe --tags --long"))
			.trim()
			.split("-")
			.slice(-2)
			.join("-");
		const part = [
			"lxc.container.conf",
			"root.squashfs",
			"root.squashfs.docker-digest",
			"run.json",
			"src.json",
		];
		expect(filesBelow("project/releases", /\.pvr\/(?!json$)/)).toEqual(
			LABELS.flatMap((label) => [
				`${label}/.pvr/json`,
				`${label}/_sigs/app.json`,
				...part.map((file) => `${label}/app/${file}`),
				`${name}-${version}-${commit}.${label}.tgz`,
			]).sort(),
		);
		const packages = readdirSync(place.path("project/releases")).filter((file) => file.endsWith(".tgz"));
		const { code, stdout } = await place.run(["verify", ...packages, "--pubkey", place.path("public.pem")], {
			cwd: place.path("project/releases"),
		});
		expect(code, stdout).toBe(0);
	}, 600_000);
});

/** The lines of `before_script` and `script` of the jobs of a .gitlab-ci.yml that `ci init` wrote, in its order. */
function gitlabScripts(text: string): Map<string, string[]> {
	const jobs = new Map<string, string[]>();
	for (const [, job, body] of text.matchAll(/^(\.?\w+):\n((?: {2}.*\n)+)/gm)) {
		const lists = [...body!.matchAll(/^ {2}(?:before_)?script:\n((?: {4}- .*\n)+)/gm)];
		jobs.set(
			job!,
			lists.flatMap(([, lines]) => lines!.match(/(?<=^ {4}- ).*/gm) ?? []),
		);
	}
	return jobs;
}

describe("the pipeline for GitLab", () => {
	beforeAll(async () => {
		mkdirSync(place.path("gitlab/tools"), { recursive: true });
		const image = `${registry.host}/demo/app:1.0`;
		writeFileSync(place.path("gitlab/tools/pvpkg.tgz"), readFileSync(tarball));
		await done("gitlab", "install", "-p", "linux/amd64,linux/arm/v7", image, "app");
		await done("gitlab", "lock");
		await done("gitlab", "ci", "init", "gitlab", "--tarball", "tools/pvpkg.tgz");
		await shell("gitlab", "git init -q . && git add . && git commit -qm first && git tag v1.0");
	});

	/** One package and one SBOM for each platform. */
	function expectPackages(): void {
		const made = readdirSync(place.path("gitlab/releases")).filter((name) => /\.(tgz|json)$/.test(name));
		expect(made.length).toBe(4);
		expect(made.filter((name) => name.endsWith("arm32v7.tgz"))).toHaveLength(1);
	}

	test("its scripts build and verify the packages", async () => {
		const scripts = gitlabScripts(readFileSync(place.path("gitlab/.gitlab-ci.yml"), "utf8"));
		expect([...scripts.keys()]).toEqual([".pvpkg", "fetch", "package"]);
		for (const job of ["fetch", "package"]) {
			await shell("gitlab", ["set -e", ...scripts.get(".pvpkg")!, ...scripts.get(job)!].join("\n"));
		}
		expectPackages();
	}, 600_000);

	needs("gitlab-ci-local").test(
		"gitlab-ci-local reads it as GitLab does, and both of its jobs pass",
		async () => {
			rmSync(place.path("gitlab/releases"), { recursive: true, force: true });
			rmSync(place.path("gitlab/images"), { recursive: true, force: true });
			const cache = `PVPKG_CACHE_DIR=${place.path("cache")}`;
			const output = await shell(
				"gitlab",
				`gitlab-ci-local --force-shell-executor --variable '${cache}' 2>&1`,
			);
			expect(output).toMatch(/PASS\s+fetch/);
			expect(output).toMatch(/PASS\s+package/);
			expectPackages();
		},
		600_000,
	);
});
