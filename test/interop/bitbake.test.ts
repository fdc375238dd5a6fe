import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { PROGRAM } from "../support/program.js";
import { runBeside } from "../support/programs.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const PLATFORMS = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm", variant: "v7" },
];
const CLASS = resolve("docs/recipes/bitbake/pvpkg.bbclass");
const HARNESS = resolve("test/support/bitbake.py");

// The class of docs/recipes/bitbake under a stand-in for BitBake, also in sessions that pretend owners.
needs("python3", "fakeroot", "pseudo").describe("the class for BitBake (python3, fakeroot, pseudo)", () => {
	let registry: TestRegistry;
	let place: Workplace;

	beforeAll(async () => {
		registry = await TestRegistry.start();
		place = new Workplace();
		const images = PLATFORMS.map((platform) =>
			registry.addImage("team/app", platform, [tarball(file("etc/app", "of it", { uid: 7 }))]),
		);
		registry.addIndex("team/app", "1", images);
		await done("install", `${registry.host}/team/app:1`, "web", "-p", "linux/amd64,linux/arm/v7");
		await done("lock");
		for (const name of ["pvpkg", "pvpkg.json", "pvpkg.lock.json"]) {
			cpSync(place.path(name), place.path(`layer/${name}`), { recursive: true });
		}
		mkdirSync(place.path("layer/releases"));
		writeFileSync(place.path("layer/releases/stale.tgz"), "of an earlier build");
		await done("build", "--no-sign");
	});
	afterAll(async () => {
		place.remove();
		await registry.close();
	});

	async function done(...args: string[]): Promise<void> {
		const { code, stderr } = await place.run(args, { env: { BUILD_VERSION: "1" } });
		expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
	}

	/**
	 * Runs tasks with a work directory of their own, and a developer's key in the environment.
	 * @returns a line for each task, with its flag for the network.
	 */
	async function tasks(
		work: string,
		wrapper: readonly string[],
		names: readonly string[],
	): Promise<string[]> {
		const directory = place.path(work);
		for (const name of ["build", "pseudo"]) mkdirSync(join(directory, name), { recursive: true });
		const variables = {
			PATH: process.env.PATH,
			HOME: place.directory,
			PVR_SIG_KEY: place.path("key.pem"),
			PSEUDO_PREFIX: "/usr",
			PSEUDO_LOCALSTATEDIR: join(directory, "pseudo"),
		};
		const settings = [
			`WORKDIR=${directory}`,
			`B=${join(directory, "build")}`,
			`D=${join(directory, "image")}`,
			"PV=1",
			`PVPKG=${process.execPath} ${PROGRAM}`,
			`PVPKG_PROJECT=${place.path("layer")}`,
		];
		const env = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
		const command = [...wrapper, "python3", HARNESS, CLASS, ...names, "--", ...settings];
		const printed = await runBeside("env", "-i", ...env, ...command);
		return printed.split("\n").filter((line) => / network \d$/.test(line));
	}

	test.each([
		["as they are", "plain", []],
		["under fakeroot", "fakeroot", ["fakeroot"]],
		["under pseudo", "pseudo", ["pseudo"]],
	])("makes the packages of pvpkg build, unsigned, in tasks %s", async (_, work, wrapper) => {
		expect(await tasks(work, [], ["do_fetch"])).toEqual(["do_fetch network 1"]);
		const calls = registry.calls.length;
		const ran = await tasks(work, wrapper, ["do_compile", "do_install"]);
		expect(ran).toEqual(["do_compile network 0", "do_install network 0"]);
		expect(registry.calls.length).toBe(calls);
		const made = place.path(`${work}/image/pvpkg`);
		const names = readdirSync(made);
		expect(names).toHaveLength(2);
		for (const name of names) {
			expect(readFileSync(join(made, name)).equals(readFileSync(place.path(`releases/${name}`)))).toBe(true);
		}
	});

	test("ends a task with what pvpkg said", async () => {
		await expect(tasks("empty", [], ["do_compile"])).rejects.toThrow(/exit 4: pvpkg: .*pvpkg-images/);
	});
});
