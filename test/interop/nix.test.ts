import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Workplace } from "../support/command-line.js";
import { LockedProject } from "../support/locked-project.js";
import { needs } from "../support/needs.js";
import { run, runBeside } from "../support/programs.js";

// The recipe of docs/recipes/nix, with a store of its own and without a sandbox.
needs("nix").describe("packages in Nix (nix-build)", () => {
	let project: LockedProject;
	let place: Workplace;
	let env: Record<string, string | undefined>;

	beforeAll(async () => {
		project = await LockedProject.start("images");
		place = project.place;
		run("bash", ".ci/release", place.path("tarball"));
		mkdirSync(place.path("release"));
		const [tgz] = readdirSync(place.path("tarball")).filter((name) => name.endsWith(".tgz"));
		const into = ["--strip-components", "1", "-C", place.path("release")];
		run("tar", "xzf", place.path(`tarball/${tgz}`), ...into);
		const hash = run("nix-hash", "--type", "sha256", place.path("images")).trim();
		writeProject(hash);
		mkdirSync(place.path("nix"));
		writeFileSync(place.path("nix/nix.conf"), "sandbox = false\nbuild-users-group =\nsubstitute = false\n");
		env = {
			PATH: process.env.PATH,
			HOME: place.directory,
			PVR_SIG_KEY: place.path("key.pem"),
			NIX_CONF_DIR: place.path("nix"),
			NIX_STORE_DIR: place.path("nix/store"),
			NIX_STATE_DIR: place.path("nix/var"),
			NIX_LOG_DIR: place.path("nix/log"),
		};
	});
	afterAll(() => project.close());

	/** The project apart from whatever else lies in the workplace, with the recipe beside it. */
	function writeProject(hash: string): void {
		project.copy();
		cpSync(resolve("docs/recipes/nix/pvpkg.nix"), place.path("pvpkg.nix"));
		const text = `let pvpkg = import ./pvpkg.nix { pvpkg = ./release; node = "${process.execPath}"; };
in rec {
  images = pvpkg.fetchPvpkgImages { lock = ./project/pvpkg.lock.json; hash = "${hash}"; };
  packages = pvpkg.buildPvpkg { src = ./project; inherit images; version = "1"; };
}
`;
		writeFileSync(place.path("default.nix"), text);
	}

	/** Runs nix-build on an attribute while the registry answers. */
	function build(attribute: string, ...more: string[]): Promise<string> {
		const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
		const args = [place.path("default.nix"), "-A", attribute, "--no-out-link", ...more];
		return runBeside("env", "-i", ...variables, "nix-build", ...args);
	}

	test("are those of pvpkg build, unsigned and signed, and are the same when they are built again", async () => {
		await build("images");
		const calls = project.registry.calls.length;
		const out = (await build("packages")).trim();
		expect((await build("packages", "--check")).trim()).toBe(out);
		// The second derivation needs no network, and asks nobody.
		expect(project.registry.calls.length).toBe(calls);
		await project.done("build", "--no-sign");
		const names = readdirSync(out).filter((name) => name.endsWith(".tgz"));
		expect(names).toHaveLength(2);
		for (const name of names) {
			expect(readFileSync(join(out, name)).equals(readFileSync(place.path(`releases/${name}`)))).toBe(true);
		}
		for (const name of names) cpSync(join(out, name), place.path(`signed/${name}`));
		run("chmod", "-R", "u+w", place.path("signed"));
		await project.done("build");
		for (const name of names) {
			await project.done("sign", `signed/${name}`);
			expect(
				readFileSync(place.path(`signed/${name}`)).equals(readFileSync(place.path(`releases/${name}`))),
			).toBe(true);
		}
	});

	test("have nothing of a key in the store", () => {
		// From the middle, as the beginning is that of the public key.
		const line = readFileSync(place.path("key.pem"), "utf8").split(/\r?\n/)[12]!;
		expect(line).toMatch(/^[A-Za-z0-9+/]{64}$/);
		expect(spawnSync("grep", ["-rqF", line, place.path("key.pem")]).status).toBe(0);
		expect(spawnSync("grep", ["-rqF", line, place.path("nix/store")]).status).toBe(1);
	});

	test("are not made of images that are not those of the lock", async () => {
		const text = readFileSync(place.path("default.nix"), "utf8");
		const other = text.replace(/hash = "(\w)/, (_, digit: string) => `hash = "${digit === "0" ? "1" : "0"}`);
		writeFileSync(place.path("default.nix"), other);
		await expect(build("packages")).rejects.toThrow(/hash mismatch/);
		writeFileSync(place.path("default.nix"), text);
	});
});
