import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildReleases, type InstallRequest, installImage, releaseSummary } from "../../src/flows/index.js";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { jsonObject } from "../../src/ground/json/index.js";
import { parsePlatform } from "../../src/image/oci/index.js";
import { LayerApplication } from "../../src/image/rootfs/layer-application.js";
import { CountingShared } from "../support/counting-shared.js";
import { AMD64, ARM64, MemoryImages, RunPlace } from "../support/memory-run.js";

let place: RunPlace;
let images: MemoryImages;
let project: string;
beforeEach(() => {
	place = new RunPlace();
	images = new MemoryImages();
	images.addPlatforms(AMD64, ARM64);
	project = place.path("project");
	mkdirSync(project);
});
afterEach(() => place.remove());

const install = (name: string, more: Partial<InstallRequest> = {}) =>
	installImage(
		{ directory: project, image: "reg/web:1", name, platforms: [AMD64, ARM64], ...more },
		place.settings(images),
	);
const build = (more: object = {}) =>
	buildReleases(
		{ directory: project, packageName: (label) => `web.${label}.tgz`, ...more },
		place.settings(images),
	);
const sourcePath = (label: string, name: string) => join(project, "pvpkg", label, name, "src.json");
const changeSource = (
	label: string,
	name: string,
	change: (source: Record<string, unknown>) => void,
): void => {
	const source = JSON.parse(readFileSync(sourcePath(label, name), "utf8"));
	change(source);
	writeFileSync(sourcePath(label, name), JSON.stringify(source));
};

describe("a project", () => {
	test("is built for each architecture, containers in the order of their names", async () => {
		await install("web");
		await install("app");
		const releases = await build();
		expect(readdirSync(join(project, "releases")).sort()).toEqual([
			"amd64",
			"arm64v8",
			"web.amd64.tgz",
			"web.arm64v8.tgz",
		]);
		const { directory, evidence } = releases[0]!;
		expect(releaseSummary(directory, evidence)).toMatchObject({
			label: "amd64",
			directory,
			containers: ["app", "web"],
		});
	});

	test("packs files beside src.json, and those of _config", async () => {
		await install("web");
		writeFileSync(join(project, "pvpkg/amd64/web/mdev.json"), "{}");
		mkdirSync(join(project, "pvpkg/amd64/_config/web/etc"), { recursive: true });
		writeFileSync(join(project, "pvpkg/amd64/_config/web/etc/motd"), "hello");
		await build({ labels: ["amd64"] });
		expect(existsSync(join(project, "releases/amd64/web/mdev.json"))).toBe(true);
		expect(readFileSync(join(project, "releases/amd64/_config/web/etc/motd"), "utf8")).toBe("hello");
	});

	test("lays a container over a base of the project", async () => {
		await install("os");
		await install("web", { base: "os" });
		await build({ labels: ["amd64"] });
		expect(readdirSync(join(project, "releases/amd64/web"))).toContain("root.ovl.squashfs");
		expect(readdirSync(join(project, "releases/amd64/web"))).not.toContain("root.squashfs");
	});

	test("makes no patch of a container over a base, even where devices have a whole image of it", async () => {
		await install("web", { platforms: [AMD64] });
		await build({ labels: ["amd64"] });
		renameSync(join(project, "releases/web.amd64.tgz"), place.path("old.amd64.tgz"));
		rmSync(join(project, "pvpkg"), { recursive: true });
		images.addImages(...[AMD64, ARM64].map((platform) => ({ platform, files: { "bin/serve": "new" } })));
		await install("os", { platforms: [AMD64] });
		await install("web", { base: "os", platforms: [AMD64] });
		const [plain] = await build({ labels: ["amd64"] });
		place.messages.length = 0;
		const patch = { from: place.path("old.amd64.tgz"), limit: 1000 };
		const [patched] = await build({ labels: ["amd64"], patch });
		expect(patched!.evidence.state.unsigned).toBe(plain!.evidence.state.unsigned);
		expect(place.messages.filter((message) => message.includes("overlay of"))).toEqual([]);
	});

	test("refuses a base that moved alone, and writes nothing", async () => {
		await install("os");
		await install("web", { base: "os" });
		images.add({ platform: AMD64, files: { "bin/serve": "new" } });
		await install("os", { platforms: [AMD64], force: true });
		await expect(build({ labels: ["amd64"] })).rejects.toMatchObject({
			code: "ERR_BUILD_SOURCE",
			message: expect.stringContaining("base os: expected a container with docker_digest"),
		});
		expect(existsSync(join(project, "releases/amd64"))).toBe(false);
	});

	test("warns of typos in src.json like every flow", async () => {
		await install("web");
		changeSource("amd64", "web", (source) => {
			Object.assign(source, { persistance: {}, args: { PV_GROPU: "app" } });
		});
		const [release] = await build({ labels: ["amd64"] });
		expect(place.messages.join("\n")).toContain(
			"persistance: unknown: kept, without effect; persistence is known",
		);
		expect(place.messages.join("\n")).toContain("web: PV_GROPU: unknown");
		expect(release!.evidence.findings.map(({ code }) => code)).toEqual(["SOURCE_MEMBER", "ARGUMENT"]);
	});

	test("names the src.json whose arguments cannot be rendered", async () => {
		await install("web");
		changeSource("arm64v8", "web", (source) => {
			source.args = { PV_LXC_EXTRA_CONF: 5 };
		});
		await expect(build()).rejects.toThrow(
			/pvpkg\/arm64v8\/web\/src\.json: PV_LXC_EXTRA_CONF: render: expected a string, got 5$/,
		);
	});

	test("does not warn of a variant that install chose exactly", async () => {
		const v6 = parsePlatform("linux/arm/v6");
		// Like many images of arm/v6: the index knows the variant, the configuration does not.
		const digest = images.add({ platform: { os: "linux", architecture: "arm" } });
		images.addIndex([{ ...images.manifests.get(digest)!.descriptor, platform: v6 }]);
		await install("web", { platforms: [v6] });
		place.messages.length = 0;
		const [release] = await build({ labels: ["arm32v6"] });
		expect(place.messages).toEqual([]);
		expect(release!.evidence.containers[0]!.images[0]!.input).toMatchObject({ match: "exact", platform: v6 });
	});

	test("refuses another image than src.json records", async () => {
		await install("web");
		changeSource("amd64", "web", (source) => {
			source.docker_digest = `reg/web@sha256:${"1".repeat(64)}`;
		});
		images.manifests.set(`sha256:${"1".repeat(64)}` as never, images.root!);
		await expect(build({ labels: ["amd64"] })).rejects.toThrow();
		expect(existsSync(join(project, "releases"))).toBe(false);
	});
});

describe("six platforms of one image", () => {
	const LABELS = ["amd64", "arm64v8", "arm32v7", "arm32v6", "i386", "riscv64"];
	const PLATFORMS = ["amd64", "arm64", "arm/v7", "arm/v6", "386", "riscv64"].map((name) =>
		parsePlatform(`linux/${name}`),
	);
	/** Of 150 kB: a block of its own, and a tail. */
	const text = (seed: string) =>
		Array.from({ length: 15_000 }, (_, i) => `${seed} ${i * 7919}`.slice(-10)).join("");
	const common = { "usr/share/large": text("shared"), "usr/share/small": "the same everywhere" };

	beforeEach(async () => {
		images = new MemoryImages();
		const own = (label: string) => ({ "bin/serve": text(label), "etc/arch": label, ...common });
		images.addImages(
			...PLATFORMS.map((platform, i) => ({
				platform,
				base: own(LABELS[i]!),
				files: { "srv/app": text("app") },
			})),
		);
		await install("web", { platforms: PLATFORMS });
		images.opened.length = 0;
	});

	test.each([
		["with the cache", {}],
		["without a cache", { cacheDirectory: undefined, cacheKey: undefined }],
	])("are built by unpacking each layer once, and compressing each block once, %s", async (_, more) => {
		const shared = new CountingShared({ registry: { env: {} }, jobs: 2 });
		await buildReleases(
			{ directory: project, packageName: (label) => `web.${label}.tgz` },
			place.settings(images, { shared, ...more }),
		);
		await shared.close();
		const layers = images.opened.filter((digest) => images.layers.has(digest));
		expect(layers).toHaveLength(LABELS.length + 1);
		expect(new Set(layers).size).toBe(layers.length);
		expect(new Set(shared.blocks).size).toBe(shared.blocks.length);
		expect(shared.blocks.length).toBeGreaterThanOrEqual(LABELS.length + 2);
	});

	test("give the bytes that each of them alone gives", async () => {
		await build();
		const together = LABELS.map((label) => readFileSync(join(project, `releases/web.${label}.tgz`)));
		rmSync(join(project, "releases"), { recursive: true });
		rmSync(place.path("cache"), { recursive: true });
		for (const label of LABELS.toReversed()) await build({ labels: [label] });
		const alone = LABELS.map((label) => readFileSync(join(project, `releases/web.${label}.tgz`)));
		expect(alone.map(sha256Hex)).toEqual(together.map(sha256Hex));
	});
});

test("containers over one base have its root file system made once, and its layers unpacked and applied once", async () => {
	images = new MemoryImages();
	const base = { "etc/os": "base", "lib/c": "library" };
	images.add({ base, files: { "bin/serve": "serves" } });
	await install("os", { platforms: [AMD64] });
	for (const name of ["a", "b", "c"]) {
		images.add({ base, files: { "bin/serve": name } });
		await install(name, { platforms: [AMD64], base: "os" });
	}
	images.opened.length = 0;
	const apply = vi.spyOn(LayerApplication.prototype, "apply");
	const shared = new CountingShared({ registry: { env: {} }, jobs: 0 });
	const settings = { shared, cacheDirectory: undefined, cacheKey: undefined };
	await buildReleases(
		{ directory: project, packageName: (label) => `web.${label}.tgz` },
		place.settings((at) => images.at(at), settings),
	);
	await shared.close();
	// Two files of the base, and one of each container.
	expect(apply.mock.calls).toHaveLength(2 + 4);
	apply.mockRestore();
	expect(place.messages).toContain("note: linux/amd64: root.squashfs: from cache");
	const layers = images.opened.filter((digest) => images.layers.has(digest));
	expect(new Set(layers).size).toBe(layers.length);
	expect(new Set(shared.blocks).size).toBe(shared.blocks.length);
});

describe("containers on two bases", () => {
	const NAMES = Array.from({ length: 8 }, (_, i) => `app-${i}`);
	// Each of its own changes what the base has: a file, a directory, a whiteout.
	const own = (name: string, i: number) => ({
		"bin/serve": name,
		"lib/c": i % 4 < 2 ? "library" : `library of ${name}`,
		[`etc/${i % 3 === 0 ? ".wh.os" : name}`]: "",
	});

	beforeEach(async () => {
		images = new MemoryImages();
		for (const [i, name] of NAMES.entries()) {
			const base = { "etc/os": `base ${i % 2}`, "etc/list": "1\n2\n", "lib/c": "library" };
			images.add({ base, files: own(name, i) });
			await installImage(
				{ directory: project, image: `reg/${name}:1`, name, platforms: [AMD64] },
				place.settings((at) => images.at(at)),
			);
		}
	});

	const make = async (more: object = {}) => {
		const [release] = await buildReleases(
			{ directory: project, packageName: (label) => `web.${label}.tgz` },
			place.settings((at) => images.at(at), { cacheDirectory: undefined, cacheKey: undefined, ...more }),
		);
		return release!;
	};
	const imageOf = (name: string) =>
		sha256Hex(readFileSync(join(project, `releases/amd64/${name}/root.squashfs`)));

	test("have each base applied once", async () => {
		const apply = vi.spyOn(LayerApplication.prototype, "apply");
		await make();
		expect(apply.mock.calls).toHaveLength(2 * 3 + NAMES.length * 3);
		apply.mockRestore();
	});

	test("are the same files as each of them alone", async () => {
		await make();
		const together = NAMES.map(imageOf);
		expect(new Set(together).size).toBe(NAMES.length);
		const sources = place.path("sources");
		renameSync(join(project, "pvpkg/amd64"), sources);
		for (const [i, name] of NAMES.entries()) {
			rmSync(join(project, "pvpkg/amd64"), { recursive: true, force: true });
			mkdirSync(join(project, "pvpkg/amd64"));
			renameSync(join(sources, name), join(project, "pvpkg/amd64", name));
			await make();
			expect(imageOf(name)).toBe(together[i]);
		}
	});

	test("report a damaged base as each of them does alone", async () => {
		images.broken.add([...images.layers][0]!);
		await expect(make()).rejects.toThrow("lost");
		expect(existsSync(join(project, "releases"))).toBe(false);
	});
});

describe("install", () => {
	test("lays no root file system over a base", async () => {
		await install("os");
		const installing = install("fs", { image: `dir:${place.path("tmp")}`, platforms: [AMD64], base: "os" });
		await expect(installing).rejects.toMatchObject({
			code: "ERR_BUILD_REQUEST",
			message: expect.stringContaining("lay over os: expected an image"),
		});
	});

	test("reports what an argument does not do, once for all platforms", async () => {
		await install("web", { options: { args: jsonObject({ HELLO: "1" }) } });
		expect(place.messages).toEqual(["web: HELLO: unknown: kept in src.json, without effect"]);
	});

	test.each([
		[
			"standard input",
			{ image: "tar:-", platforms: [AMD64] },
			"standard input cannot be read again by build",
		],
		["a base that is not there", { base: "os" }, "find base: expected a container with docker_digest"],
		["two platforms of one label", { platforms: [ARM64, { ...ARM64, variant: "v8" }] }, "both make arm64v8"],
	])("refuses %s, and writes nothing", async (_, more, message) => {
		await expect(install("web", more)).rejects.toThrow(message);
		expect(readdirSync(project)).toEqual([]);
	});
});

test("a package cannot have the name of the checkout beside it, nor two of them one name", async () => {
	await install("web");
	const named = (packageName: (label: string) => string) => build({ packageName });
	await expect(named(() => "amd64")).rejects.toMatchObject({
		code: "ERR_RELEASE_NAME",
		message: expect.stringContaining("is also the name of the checkout"),
	});
	await expect(named(() => "web.tgz")).rejects.toMatchObject({
		code: "ERR_RELEASE_NAME",
		message: expect.stringContaining("one name for"),
	});
	expect(existsSync(join(project, "releases", "amd64"))).toBe(false);
});
