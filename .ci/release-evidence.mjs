// Writes beside the release what is inside and how it came to be, by the program of the release itself:
//   TARBALL.spdx.json, TARBALL.cdx.json       the libraries that are bundled, with versions and licences
//   TARBALL.provenance.intoto.json            an in-toto statement with SLSA provenance v1
//   TARBALL.provenance.sigstore.json          the same, signed, where PVPKG_ATTEST_KEY names a key
// The same commit gives the same bytes.
//   node .ci/release-evidence.mjs DIRECTORY TARBALL
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const [directory, tarball] = process.argv.slice(2);
const at = (end) => join(directory, `${tarball}${end}`);
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const { name, version, license } = JSON.parse(readFileSync("package.json", "utf8"));

/** Asks git, where this is a clone. */
function git(...args) {
	try {
		return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
	} catch {
		return undefined;
	}
}

const commit = git("rev-parse", "HEAD");
const time = process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct") ?? "0";

function pvpkg(...args) {
	const { PVPKG_ATTEST_KEY: _, ...rest } = process.env;
	const env = { ...rest, SOURCE_DATE_EPOCH: time };
	execFileSync(process.execPath, ["dist/program/cli/main.js", ...args], {
		env,
		stdio: ["ignore", "ignore", "pipe"],
	});
}

/** A tree with the package.json of the program and of every library in its bundle, as npm would lay it out. */
function writeManifests(root) {
	const bundled = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);
	for (const [path] of bundled) {
		mkdirSync(join(root, path), { recursive: true });
		copyFileSync(join(path, "package.json"), join(root, path, "package.json"));
	}
	const own = join(root, "node_modules", name, "package.json");
	mkdirSync(dirname(own), { recursive: true });
	writeFileSync(own, JSON.stringify({ name, version, license }));
}

function provenance() {
	const { GITHUB_SERVER_URL: server, GITHUB_WORKFLOW_REF: workflow, CI_PROJECT_URL: project } = process.env;
	const github = workflow && `${server}/${workflow}`;
	const gitlab = project && `${project}/-/runners/${process.env.CI_RUNNER_ID}`;
	return {
		_type: "https://in-toto.io/Statement/v1",
		subject: [{ name: tarball, digest: { sha256: sha256(at("")) } }],
		predicateType: "https://slsa.dev/provenance/v1",
		predicate: {
			buildDefinition: {
				buildType: "urn:pvpkg:buildtype:release:1",
				externalParameters: { command: ".ci/release", version },
				internalParameters: { sourceDateEpoch: Number(time) },
				resolvedDependencies: [
					...(commit ? [{ name: "source", digest: { gitCommit: commit } }] : []),
					{ name: "package-lock.json", digest: { sha256: sha256("package-lock.json") } },
				],
			},
			runDetails: { builder: { id: github ?? gitlab ?? "urn:pvpkg:builder:unattended" } },
		},
	};
}

const root = mkdtempSync(join(tmpdir(), "pvpkg-release-"));
try {
	const tree = join(root, `${name}-${version}`);
	writeManifests(tree);
	for (const [format, end] of [
		["spdx-json", ".spdx.json"],
		["cyclonedx-json", ".cdx.json"],
	])
		pvpkg("sbom", `dir:${tree}`, "--format", format, "-o", at(end), "-q");
} finally {
	rmSync(root, { recursive: true });
}
const statement = at(".provenance.intoto.json");
writeFileSync(statement, JSON.stringify(provenance()));
if (process.env.PVPKG_ATTEST_KEY) pvpkg("attest", statement, "--key", process.env.PVPKG_ATTEST_KEY, "-q");
