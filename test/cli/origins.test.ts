import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const PLATFORMS = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm", variant: "v7" },
	{ os: "linux", architecture: "arm64" },
];
const LABELS = ["amd64", "arm32v7", "arm64v8"];

/**
 * A locked project gives the same packages wherever its images are read (hermetic.md 1.4): the demo key is RSA, so that
 * signed ones are equal, too.
 */
describe.each([
	["unsigned", ["--no-sign"]],
	["signed with RS256", []],
])("packages %s are the same", (_, signing) => {
	let registry: TestRegistry;
	let mirror: TestRegistry;
	let place: Workplace;
	let online: Record<string, string>;

	beforeAll(async () => {
		[registry, mirror] = [await TestRegistry.start(), await TestRegistry.start()];
		for (const [server, repository] of [
			[registry, "team/app"],
			[mirror, "copy/team/app"],
		] as const) {
			const images = PLATFORMS.map((platform) =>
				server.addImage(repository, platform, [tarball(file("etc/app", `of ${platform.architecture}`))]),
			);
			server.addIndex(repository, "1", images);
		}
		place = new Workplace();
		await done("install", `${registry.host}/team/app:1`, "web", "-p", "linux/amd64,linux/arm/v7,linux/arm64");
		await done("lock");
		online = await built();
		expect(Object.keys(online)).toHaveLength(3);
		await done("fetch", "-o", "images");
	});
	afterAll(async () => {
		place.remove();
		await registry.close();
		await mirror.close();
	});

	async function done(...args: string[]): Promise<void> {
		const env = { PVPKG_TIER: "fast", BUILD_VERSION: "1", PACKAGE_NAME: "p", PACKAGE_VERSION: "1" };
		const { code, stderr } = await place.run(args, { env });
		expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
	}

	/** Builds without what earlier builds left, and returns the packages by name. */
	async function built(...args: string[]): Promise<Record<string, string>> {
		rmSync(place.path("releases"), { recursive: true, force: true });
		await done("build", ...signing, ...args);
		return packages();
	}

	function packages(): Record<string, string> {
		const names = readdirSync(place.path("releases")).filter((name) => name.endsWith(".tgz"));
		return Object.fromEntries(
			names.map((name) => [name, readFileSync(join(place.path("releases"), name), "base64")]),
		);
	}

	const withoutCache = (): void => rmSync(place.path("cache"), { recursive: true, force: true });

	test("through a mirror", async () => {
		withoutCache();
		const before = registry.calls.length;
		expect(await built("--locked", "--mirror", `${registry.host}=${mirror.host}/copy`)).toEqual(online);
		expect(registry.calls.length).toBe(before);
	});

	test("from the store offline", async () => {
		withoutCache();
		await done("fetch");
		expect(await built("--frozen")).toEqual(online);
	});

	test("from layouts in two directories, and from an archive of them", async () => {
		const before = registry.calls.length;
		withoutCache();
		expect(await built("--frozen", "--from", "images")).toEqual(online);
		cpSync(place.path("images"), place.path("else/where"), { recursive: true });
		withoutCache();
		expect(await built("--frozen", "--from", place.path("else/where"))).toEqual(online);
		expect(registry.calls.length).toBe(before);
		await done("fetch", "-o", "oci-archive:images.tar");
		withoutCache();
		expect(await built("--frozen", "--from", "oci-archive:images.tar")).toEqual(online);
	});

	test("from one job for each platform, each with its own images", async () => {
		const parts: Record<string, string> = {};
		for (const label of LABELS) {
			await done("fetch", "-p", label, "-o", `images-${label}`);
			withoutCache();
			Object.assign(parts, await built(label, "--frozen", "--from", `images-${label}`));
		}
		expect(parts).toEqual(online);
	});

	test("in another directory, time zone and locale", async () => {
		mkdirSync(place.path("deep/er"), { recursive: true });
		for (const name of ["pvpkg", "pvpkg.json", "pvpkg.lock.json", "images"]) {
			cpSync(place.path(name), place.path(`deep/er/${name}`), { recursive: true });
		}
		const env = { BUILD_VERSION: "1", PACKAGE_NAME: "p", PACKAGE_VERSION: "1", PVPKG_TIER: "fast" };
		const odd = { TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" };
		const args = ["build", "--frozen", "--from", "images", "--no-cache", "--jobs", "1", ...signing];
		const { code, stderr } = await place.run(args, { env: { ...env, ...odd }, cwd: place.path("deep/er") });
		expect(code, stderr).toBe(0);
		rmSync(place.path("releases"), { recursive: true, force: true });
		cpSync(place.path("deep/er/releases"), place.path("releases"), { recursive: true });
		expect(packages()).toEqual(online);
	});
});

test("the archive that fetch writes is a function of the lock, and an archive of images by its names", async () => {
	const registry = await TestRegistry.start();
	const place = new Workplace();
	const images = PLATFORMS.map((platform) =>
		registry.addImage("team/app", platform, [tarball(file("etc/app", platform.architecture))]),
	);
	registry.addIndex("team/app", "1", images);
	const run = (...args: string[]) => place.run(args);
	const image = `${registry.host}/team/app:1`;
	await run("install", image, "web", "-p", "linux/arm64,linux/amd64");
	await run("lock");
	const one = await run("fetch", "-o", "oci-archive:one.tar");
	expect(one.code, one.stderr).toBe(0);
	rmSync(place.path("cache"), { recursive: true });
	await run("fetch", "-o", "oci-archive:two.tar");
	expect(readFileSync(place.path("two.tar"))).toEqual(readFileSync(place.path("one.tar")));
	const exported = await run(
		"export",
		`oci-archive:one.tar:${image}`,
		"web",
		"-p",
		"linux/arm64",
		"--no-sign",
	);
	expect(exported.code, exported.stderr).toBe(0);
	place.remove();
	await registry.close();
});
