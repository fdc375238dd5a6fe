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
		mkdirSync(place.path("pvpkg-release"));
		const [tgz] = readdirSync(place.path("tarball")).filter((name) => name.endsWith(".tgz"));
		const into = ["--strip-components", "1", "-C", place.path("pvpkg-release")];
		run("tar", "xzf", place.path(`tarball/${tgz}`), ...into);
		const hash = run("nix-hash", "--type", "sha256", place.path("images")).trim();
		writeRecipe(hash);
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

	/** The recipe and the file that its page shows, with this hash; the project lies where they do. */
	function writeRecipe(hash: string): void {
		const recipe = resolve("docs/recipes/nix");
		cpSync(join(recipe, "pvpkg.nix"), place.path("pvpkg.nix"));
		const [, shown] = /```nix\n(.*?)```/s.exec(readFileSync(join(recipe, "README.md"), "utf8"))!;
		const text = shown!.replace("0000…", hash).replace("/usr/bin/node", process.execPath).replace("1.0", "1");
		writeFileSync(place.path("default.nix"), text);
	}

	/** Runs nix-build in the project, where it leaves `result`, while the registry answers. */
	function build(...more: string[]): Promise<string> {
		const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
		const script = 'cd "$0" && exec nix-build "$@"';
		return runBeside("env", "-i", ...variables, "sh", "-c", script, place.directory, ...more);
	}

	test("are those of pvpkg build, unsigned and signed, and are the same when they are built again", async () => {
		const out = (await build()).trim();
		const calls = project.registry.calls.length;
		expect((await build("--check")).trim()).toBe(out);
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
		await expect(build()).rejects.toThrow(/hash mismatch/);
		writeFileSync(place.path("default.nix"), text);
	});
});
