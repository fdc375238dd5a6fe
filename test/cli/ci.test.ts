import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";

let place: Workplace;
const TARBALL = "tools/pvpkg.tgz";
const sha256 = createHash("sha256").update("the program").digest("hex");

beforeAll(() => {
	place = new Workplace();
	mkdirSync(place.path("tools"));
	writeFileSync(place.path(TARBALL), "the program");
});
afterAll(() => place.remove());

describe("ci init", () => {
	test.each([
		["gitlab", ".gitlab-ci.yml", "pvpkg build --frozen --from images"],
		["github", ".github/workflows/packages.yml", "pvpkg build --locked"],
		["container-ci", "container-ci/build_exports", 'bin/build_exports" "$@"'],
	])("%s writes %s, with the digest of the program", async (system, path, line) => {
		const { code, stderr } = await place.run(["ci", "init", system, "--tarball", TARBALL]);
		expect(code, stderr).toBe(0);
		const text = readFileSync(place.path(path), "utf8");
		expect(text).toContain(sha256);
		expect(text).toContain(line);
		expect(text).not.toMatch(/npx|npm install pvpkg/);
		const again = await place.run(["ci", "init", system, "--tarball", TARBALL]);
		expect(again.code).toBe(3);
		expect(again.stderr).toContain("--force replaces it");
	});

	test("container-ci's programs are shell programs that check the tarball", () => {
		for (const name of ["pvpkg_install", "build_exports"]) {
			const path = place.path(`container-ci/${name}`);
			execFileSync("sh", ["-n", path]);
			expect(statSync(path).mode & 0o111).not.toBe(0);
		}
		writeFileSync(place.path(TARBALL), "another program");
		const run = spawnSync(place.path("container-ci/build_exports"), [], { encoding: "utf8" });
		expect(run.status).not.toBe(0);
		expect(run.stderr).toMatch(/WARNING|did NOT match|FAILED/i);
	});

	test.each([
		[["gitlab"], 2, "--tarball: expected the path"],
		[["gitlab", "--tarball", "/etc/passwd"], 2, "--tarball: expected the path"],
		[["gitlab", "--tarball", "no.tgz"], 4, "no.tgz: read"],
		[["jenkins", "--tarball", TARBALL], 2, "expected one of container-ci, github, gitlab"],
	])("%j is refused", async (args, code, message) => {
		const result = await place.run(["ci", "init", ...args]);
		expect(result.stderr).toContain(message);
		expect(result.code).toBe(code);
	});
});

describe("completion", () => {
	test("bash completes commands, subcommands and options", async () => {
		const { stdout } = await place.run(["completion", "bash"]);
		writeFileSync(place.path("completion.bash"), stdout);
		const complete = (...words: string[]): string[] => {
			const list = words.map((word) => `'${word}'`).join(" ");
			const script = `source completion.bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _pvpkg; echo "\${COMPREPLY[@]}"`;
			return execFileSync("bash", ["-c", script], { cwd: place.directory, encoding: "utf8" })
				.trim()
				.split(" ");
		};
		expect(complete("pvpkg", "exp")).toEqual(["export", "explain"]);
		expect(complete("pvpkg", "app", "")).toContain("add");
		expect(complete("pvpkg", "export", "image", "name", "--ti")).toContain("--tier");
	});

	test.each(["zsh", "fish"])("%s has every command", async (shell) => {
		const { stdout, code } = await place.run(["completion", shell]);
		expect(code).toBe(0);
		for (const word of ["export", "verify", "push", "--version"]) expect(stdout).toContain(word);
	});

	test("another shell is a usage error", async () => {
		expect((await place.run(["completion", "tcsh"])).code).toBe(2);
	});
});
