import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { exitExpectations } from "../support/exit-expectations.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

/** Three platforms of an image whose index also knows arm/v6. */
const PLATFORMS = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm", variant: "v6" },
	{ os: "linux", architecture: "arm", variant: "v7" },
];

let registry: TestRegistry;
let place: Workplace;
let key: string;
/** The project without a lock, and with one. */
let installed: Workplace;
let locked: Workplace;

beforeAll(async () => {
	registry = await TestRegistry.start();
	key = `${registry.host}/team/app:1`;
	publish("1", "first");
	place = installed = new Workplace();
	await done("install", key, "web", "-p", "linux/amd64,linux/arm/v7", "--arg", "PV_GROUP=app");
	place = locked = installed.copy();
	await done("lock");
});
afterAll(async () => {
	for (const one of [installed, locked]) one.remove();
	await registry.close();
});
beforeEach(() => {
	publish("1", "first");
	place = installed.copy();
});
afterEach(() => place.remove());

/** Goes on with the project that has a lock. */
function withLock(): void {
	place.remove();
	place = locked.copy();
}

/** Gives a tag an index of images with this content. @returns its digest. */
function publish(
	tag: string,
	content: string,
	platforms: readonly (typeof PLATFORMS)[number][] = PLATFORMS,
): string {
	const images = platforms.map((platform) => {
		const name = `${platform.architecture}${platform.variant ?? ""}`;
		return registry.addImage("team/app", platform, [tarball(file("etc/app", `${content} of ${name}`))]);
	});
	return registry.addIndex("team/app", tag, images).digest;
}

async function run(...args: string[]) {
	const env = { PVPKG_TIER: "fast", BUILD_VERSION: "1", PACKAGE_NAME: "p", PACKAGE_VERSION: "1" };
	return place.run(args, { env });
}

const { done, refused } = exitExpectations(run);

const read = (name: string): string => readFileSync(place.path(name), "utf8");
const lock = () => JSON.parse(read("pvpkg.lock.json"));
const packages = (): Record<string, string> => {
	const names = readdirSync(place.path("releases")).filter((name) => name.endsWith(".tgz"));
	return Object.fromEntries(
		names.map((name) => [name, readFileSync(join(place.path("releases"), name), "base64")]),
	);
};
/** A member of the settings that the documentation gives to Renovate. */
function renovate(member: string): string {
	const page = readFileSync(resolve("docs/reproducible.md"), "utf8");
	const found = new RegExp(`${member}: \\[?("(?:[^"\\\\]|\\\\.)*")`).exec(page)?.[1];
	return JSON.parse(found!) as string;
}

/** Changes `image` as Renovate does with those settings: tag and digest alone. */
function bump(tag: string, digest: string): void {
	const pattern = new RegExp(renovate("matchStrings"), "g");
	const template = renovate("autoReplaceStringTemplate");
	const text = read("pvpkg.lock.json");
	const bumped = text.replace(pattern, (...parts) => {
		const { depName } = parts.at(-1) as Record<string, string>;
		const values: Record<string, string> = { depName: depName!, newValue: tag, newDigest: digest };
		return template.replace(/\{\{\{(\w+)\}\}\}/g, (_, name: string) => values[name]!);
	});
	expect(bumped).not.toBe(text);
	writeFileSync(place.path("pvpkg.lock.json"), bumped);
}

describe("lock", () => {
	test("records index, manifests, configurations and layers, and writes the same bytes again", async () => {
		await done("lock");
		const { images, lockVersion } = lock();
		expect(lockVersion).toBe(1);
		const entry = images[key];
		expect(entry.image).toBe(`${key}@${entry.resolved}`);
		expect(Object.keys(entry.platforms)).toEqual(["linux/amd64", "linux/arm/v7"]);
		expect(entry.platforms["linux/arm/v7"].layers[0]).toMatchObject({
			diffId: expect.stringMatching(/^sha256:/),
		});
		const before = read("pvpkg.lock.json");
		const calls = registry.calls.length;
		expect((await done("lock")).stdout).toContain("nothing changed");
		expect(read("pvpkg.lock.json")).toBe(before);
		expect(registry.calls.length).toBe(calls);
		await done("lock", "--check");
	});

	test("is the same file in another directory, time zone and locale, and for platforms in any order", async () => {
		const images = [`${registry.host}/team/app:1`];
		const texts: string[] = [];
		for (const [platforms, env] of [
			["linux/amd64,linux/arm/v6,linux/arm/v7", { TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8" }],
			["linux/arm/v7,linux/arm/v6,linux/amd64", { TZ: "America/St_Johns", LC_ALL: "C", LANG: "de_DE" }],
		] as const) {
			const other = new Workplace();
			const result = await other.run(["lock", ...images, "-p", platforms], { env });
			expect(result.code, result.stderr).toBe(0);
			texts.push(readFileSync(other.path("pvpkg.lock.json"), "utf8"));
			other.remove();
		}
		expect(texts[1]).toBe(texts[0]);
		expect(Object.keys(JSON.parse(texts[0]!).images[key].platforms)).toEqual([
			...["linux/amd64", "linux/arm/v6", "linux/arm/v7"],
		]);
	});

	test("asks for each manifest once", async () => {
		rmSync(place.path("cache"), { recursive: true });
		const before = registry.calls.length;
		await done("lock");
		const asked = registry.calls
			.slice(before)
			.map(({ path }) => path)
			.filter((path) => /\/(manifests|blobs)\//.test(path));
		expect(new Set(asked).size).toBe(asked.length);
	});

	test("of 20 images over three platforms asks for each manifest and configuration once", async () => {
		const names = Array.from({ length: 20 }, (_, at) => {
			const images = PLATFORMS.map((platform) =>
				registry.addImage(`many/app${at}`, platform, [tarball(file("etc/app", `${at} ${platform.variant}`))]),
			);
			registry.addIndex(`many/app${at}`, "1", images);
			return `${registry.host}/many/app${at}:1`;
		});
		const before = registry.calls.length;
		await done("lock", ...names, "-p", "linux/amd64,linux/arm/v6,linux/arm/v7");
		const asked = registry.calls
			.slice(before)
			.map(({ path }) => path)
			.filter((path) => /^\/v2\/many\/.*\/(manifests|blobs)\//.test(path));
		// An index, three manifests and three configurations of each.
		expect(asked).toHaveLength(20 * 7);
		expect(new Set(asked).size).toBe(asked.length);
	});

	test("--update looks the tag up again, shows both digests, and keeps the arguments of src.json", async () => {
		withLock();
		const old = lock().images[key].platforms["linux/amd64"].manifest.digest;
		publish("1", "second");
		await done("lock");
		expect(lock().images[key].platforms["linux/amd64"].manifest.digest).toBe(old);
		const shown = (await done("lock", "--update", "--dry-run")).stdout;
		expect(lock().images[key].platforms["linux/amd64"].manifest.digest).toBe(old);
		const { stdout } = await done("lock", "--update");
		expect(stdout).toBe(shown.replaceAll("to be written:", "written:"));
		const now = lock().images[key].platforms["linux/amd64"].manifest.digest;
		expect(stdout).toContain(old);
		expect(stdout).toContain(now);
		const source = JSON.parse(read("pvpkg/amd64/web/src.json"));
		expect(source).toMatchObject({ docker_digest: expect.stringContaining(now), args: { PV_GROUP: "app" } });
	});

	test("a lower variant is reported once, also where the configuration in src.json is renewed", async () => {
		const path = "pvpkg/arm32v7/web/src.json";
		await done("lock");
		const source = { ...JSON.parse(read(path)), docker_config: { Cmd: ["old"] } };
		writeFileSync(place.path(path), JSON.stringify(source));
		publish("1", "second", PLATFORMS.slice(0, 2));
		const { stderr } = await done("lock", "--update");
		expect(stderr.match(/^warning: .*linux\/arm\/v6.*$/gm)).toHaveLength(1);
		expect(JSON.parse(read(path)).docker_config).not.toEqual(source.docker_config);
	});

	test("an overlay keeps the digest of its base, and follows it", async () => {
		await done("install", key, "top", "-p", "linux/amd64", "--base", "web");
		await done("lock");
		const source = (name: string) => JSON.parse(read(`pvpkg/amd64/${name}/src.json`));
		expect(source("top").docker_ovl_digest).toBe(source("web").docker_digest);
		const before = source("top");
		publish("1", "second");
		await done("lock", "--update");
		const [base, top] = [source("web"), source("top")];
		expect(top.docker_digest).toBe(base.docker_digest);
		expect(top.docker_digest).not.toBe(before.docker_digest);
		expect(top.docker_ovl_digest).not.toBe(before.docker_ovl_digest);
		await done("lock", "--check");
		await done("build", "--locked", "--no-sign");
	});

	test("--check reports what differs, and exits with 3", async () => {
		expect(await refused(4, "lock", "--check")).toContain('pvpkg lock" makes it');
		await done("lock");
		await done("install", key, "other", "-p", "linux/arm/v6");
		expect(await refused(3, "lock", "--check")).toMatch(/linux\/arm\/v6 is not in the lock/);
	});
});

describe("build with a lock", () => {
	test("takes what is locked though the tag has moved, and says nothing is to be written", async () => {
		withLock();
		await done("build", "--no-sign");
		const before = packages();
		publish("1", "moved");
		await done("build", "--no-sign", "--locked");
		expect(packages()).toEqual(before);
		await done("lock", "--check");
	});

	test("is strict in CI, where there is a lock, unless that is lifted", async () => {
		withLock();
		await done("install", key, "other", "-p", "linux/arm/v6");
		const strict = await place.run(["build", "--no-sign"], { env: { CI: "true", BUILD_VERSION: "1" } });
		expect(strict.stderr).toMatch(/the lock has no linux\/arm\/v6.*pvpkg lock" adds it/);
		expect(strict.code).toBe(3);
		const lifted = await place.run(["build", "--no-sign", "--no-locked"], {
			env: { CI: "true", BUILD_VERSION: "1" },
		});
		expect(lifted.stderr).toContain("adds it");
		expect(lifted.code).toBe(0);
	});

	test("--locked refuses an image that the lock does not have, and writes nothing", async () => {
		expect(await refused(4, "build", "--locked", "--no-sign")).toContain("not there");
		await done("lock");
		await done("install", `${registry.host}/team/app:1`, "third", "-p", "linux/arm/v6");
		expect(await refused(3, "build", "--locked", "--no-sign")).toContain("adds it");
		expect(existsSync(place.path("releases")) ? readdirSync(place.path("releases")) : []).toEqual([]);
	});

	test.each([
		["a newer lock", { lockVersion: 2 }, 3, "made by a newer pvpkg"],
		["a lock of another version, frozen", { pvpkg: "9.9.9" }, 3, "--allow-version accepts it"],
	])("%s", async (_, change, code, message) => {
		withLock();
		await done("fetch");
		writeFileSync(place.path("pvpkg.lock.json"), JSON.stringify({ ...lock(), ...change }));
		expect(await refused(code, "build", "--frozen", "--no-sign")).toContain(message);
		if (code === 3 && "pvpkg" in change) await done("build", "--frozen", "--allow-version", "--no-sign");
	});
});

describe("a bot's merge request", () => {
	test("matches one place for each image of the lock, and nothing of a src.json", async () => {
		withLock();
		const pattern = new RegExp(renovate("matchStrings"), "g");
		const matches = [...read("pvpkg.lock.json").matchAll(pattern)];
		expect(matches.map(({ groups }) => ({ ...groups }))).toEqual([
			{ depName: key.slice(0, -2), currentValue: "1", currentDigest: lock().images[key].resolved },
		]);
		expect(read("pvpkg/amd64/web/src.json")).not.toMatch(pattern);
		const files = new RegExp(renovate("managerFilePatterns").slice(1, -1));
		expect(
			["pvpkg.lock.json", "deep/pvpkg.lock.json", "pvpkg.json"].filter((name) => files.test(name)),
		).toHaveLength(2);
	});

	test("builds the new image under --locked, is reported by --check, and recorded by lock", async () => {
		withLock();
		const digest = publish("2", "bumped");
		bump("2", digest);
		expect(await refused(3, "lock", "--check")).toContain("its platforms are of");
		await done("build", "--locked", "--no-sign");
		const state = JSON.parse((await done("inspect", "releases/p-1-1.amd64.tgz", "--state")).stdout);
		expect(state["web/src.json"]).toMatchObject({ docker_tag: "2" });
		await done("lock");
		expect(Object.keys(lock().images)).toEqual([key.replace(/1$/, "2")]);
		expect(JSON.parse(read("pvpkg/arm32v7/web/src.json"))).toMatchObject({ docker_tag: "2" });
		await done("lock", "--check");
		await done("build", "--locked", "--no-sign");
	});

	test("never makes arm/v6 of arm/v7", async () => {
		withLock();
		bump("2", publish("2", "without v7", PLATFORMS.slice(0, 2)));
		const stderr = await refused(3, "build", "--locked", "--no-sign");
		expect(stderr).toContain("expected linux/arm/v7 for linux/arm/v7, got linux/arm/v6");
	});

	test("may not change the repository", async () => {
		withLock();
		writeFileSync(
			place.path("pvpkg.lock.json"),
			read("pvpkg.lock.json").replace("/team/app:1@", "/evil/app:1@"),
		);
		expect(await refused(3, "build", "--locked", "--no-sign")).toContain("only tag and digest may change");
	});
});

describe("fetch", () => {
	test("then build --frozen --from gives the bytes of the online build, without a registry", async () => {
		withLock();
		await done("build");
		const online = packages();
		await done("fetch", "-o", "images");
		rmSync(place.path("cache"), { recursive: true });
		const calls = registry.calls.length;
		await done("build", "--frozen", "--from", "images");
		expect(packages()).toEqual(online);
		cpSync(place.path("images"), place.path("elsewhere/copy"), { recursive: true });
		rmSync(place.path("cache"), { recursive: true });
		await done("build", "--frozen", "--from", "elsewhere/copy");
		expect(packages()).toEqual(online);
		expect(registry.calls.length).toBe(calls);
	});

	test("from the store offline, too; what is missing is named", async () => {
		withLock();
		await done("build");
		const online = packages();
		rmSync(place.path("cache"), { recursive: true });
		await done("fetch");
		await done("build", "--frozen");
		expect(packages()).toEqual(online);
		await done("fetch", "-o", "images");
		const layer = lock().images[key].platforms["linux/amd64"].layers[0].digest.slice(7);
		renameSync(place.path(`images/blobs/sha256/${layer}`), place.path("gone"));
		rmSync(place.path("cache"), { recursive: true });
		const stderr = await refused(4, "build", "--frozen", "--from", "images");
		expect(stderr).toContain(layer);
		expect(stderr).toContain('"pvpkg fetch -o images" fetches it');
		expect(packages()).toEqual(online);
	});

	test("writes a layout that depends on the lock alone", async () => {
		withLock();
		await done("fetch", "-o", "one");
		rmSync(place.path("cache"), { recursive: true });
		await done("fetch", "-o", "two");
		const listing = (name: string) =>
			readdirSync(place.path(name), { recursive: true, encoding: "utf8" })
				.sort()
				.map((path) => [
					path,
					path.includes("sha256/") || !path.includes(".json") ? "" : read(`${name}/${path}`),
				]);
		expect(listing("two")).toEqual(listing("one"));
		expect(JSON.parse(read("one/index.json")).manifests[0].annotations).toEqual({
			"org.opencontainers.image.ref.name": key,
		});
	});

	test("--list gives what foreign fetchers need", async () => {
		withLock();
		const { stdout } = await done("fetch", "--list", "-p", "amd64", "--format", "bitbake");
		const lines = stdout.trim().split("\n");
		expect(lines).toHaveLength(4);
		for (const line of lines)
			expect(line).toMatch(/^https:\/\/.*\/v2\/team\/app\/.*;sha256sum=[0-9a-f]{64};downloadfilename=/);
	});
});

test("export --lock uses the lock, and one package comes from registry and layout", async () => {
	withLock();
	await done("fetch", "-o", "images");
	mkdirSync(place.path("a"));
	mkdirSync(place.path("b"));
	const exporting = ["export", key, "web", "-p", "linux/arm/v7", "--lock", "pvpkg.lock.json"];
	await done(...exporting, "-o", "a/");
	await done(...exporting, "--frozen", "--from", "images", "--no-cache", "-o", "b/");
	expect(readFileSync(place.path("b/web.arm32v7.tgz"))).toEqual(
		readFileSync(place.path("a/web.arm32v7.tgz")),
	);
	expect(await refused(2, "export", key, "web", "--frozen")).toContain("expected --lock FILE");
});
