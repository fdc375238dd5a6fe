import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { openFileContent } from "../../src/ground/files/index.js";
import { applyOverlay } from "../../src/image/overlay/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { openImage, readTree } from "../../src/squashfs/read/index.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { expectedListing } from "../support/kernel.js";
import { tarball } from "../support/tar-builder.js";

let registry: DemoRegistry;
/** An empty checkout, and a store that has what most tests make. */
let template: Workplace;
let place: Workplace;
beforeAll(async () => {
	registry = await serveDemo();
	place = template = new Workplace();
	for (const name of ["box", "made"]) {
		mkdirSync(place.path(name));
		expect(await runIn(name, "init")).toMatchObject({ code: 0 });
	}
	const added = await runIn("made", "app", "add", "web", "--from", image(), "--platform", "linux/arm64");
	expect(added).toMatchObject({ code: 0 });
});
afterAll(async () => {
	await registry.close();
	template.remove();
});
beforeEach(() => {
	place = template.copy();
});
afterEach(() => place.remove());

async function pvpkg(...args: readonly string[]): Promise<string> {
	const result = await run(...args);
	if (result.code !== 0) throw new Error(`pvpkg ${args.join(" ")}: exit ${result.code}\n${result.stderr}`);
	return result.stdout;
}

const run = (...args: readonly string[]) => runIn("box", ...args);

function runIn(directory: string, ...args: readonly string[]) {
	return place.run(args, { cwd: place.path(directory), env: { PVPKG_TIER: "fast" } });
}

const box = (name: string): string => place.path(`box/${name}`);
const read = (name: string): string => readFileSync(box(name), "utf8");
const json = (name: string) => JSON.parse(read(name));
const image = (): string => `${registry.host}/demo/app:1.0`;
const add = (name: string, ...more: readonly string[]): Promise<string> =>
	pvpkg("app", "add", name, "--from", image(), "--platform", "linux/arm64", ...more);
const commit = async (): Promise<void> => {
	await pvpkg("add");
	await pvpkg("commit");
};
const tree = (name: string): RootfsTree => readTree(openImage(openFileContent(box(name))));

/** A listing without inode numbers and times, which an overlay may change. */
function listing(root: RootfsTree): string[] {
	return expectedListing(root)
		.map((line) => line.split(" "))
		.map((words) => [...words.slice(0, 4), words[5], ...words.slice(7)].join(" "))
		.sort();
}

describe("app add", () => {
	test("makes the files that pvr makes, untracked", async () => {
		await add("web", "--group", "app", "--arg", "PV_STATUS_GOAL=STARTED", "--volume", "ovl:/var:permanent");
		expect(readdirSync(box("web")).sort()).toEqual([
			"lxc.container.conf",
			"root.squashfs",
			"root.squashfs.docker-digest",
			"run.json",
			"src.json",
		]);
		expect(json("web/src.json")).toMatchObject({
			args: { PV_GROUP: "app", PV_STATUS_GOAL: "STARTED" },
			docker_name: `${registry.host}/demo/app`,
			docker_tag: "1.0",
			docker_platform: "linux/arm64",
			docker_source: "remote,local",
			persistence: { "ovl:/var": "permanent" },
		});
		expect(read("web/root.squashfs.docker-digest")).toBe(json("web/src.json").docker_digest);
		expect(read("web/run.json")).toMatch(/^\{\n\t"#spec": "service-manifest-run@1",\n\t"name":"web",/);
		expect((await pvpkg("status")).split("\n").filter(Boolean)).toHaveLength(5);
		expect(await pvpkg("app", "ls")).toBe("web\n");
		expect(JSON.parse(await pvpkg("app", "info", "web"))).toEqual(json("web/src.json"));
	});

	test("chooses the device's platform and its last group", async () => {
		mkdirSync(box("_hostconfig/pvr"), { recursive: true });
		writeFileSync(box("_hostconfig/pvr/docker.json"), '{"platforms":["linux/s390x","linux/arm/v6"]}');
		writeFileSync(box("device.json"), '{"groups":[{"name":"root"},{"name":"late"}]}');
		await commit();
		await pvpkg("app", "add", "web", "--from", image());
		expect(json("web/src.json").docker_platform).toBe("linux/arm/v6");
		expect(json("web/run.json").group).toBe("late");
		expect(json("web/src.json").args).toBeUndefined();
	});

	test("by force takes the place of a container, stale files with it", async () => {
		await add("web");
		writeFileSync(box("web/mdev.json"), "[]");
		await add("web", "--force", "--status-goal", "MOUNTED");
		expect(existsSync(box("web/lxc.container.conf"))).toBe(false);
		expect(existsSync(box("web/mdev.json"))).toBe(true);
	});

	test("takes a root file system: directory, archive, address", async () => {
		mkdirSync(box("tree/etc"), { recursive: true });
		writeFileSync(box("tree/etc/hostname"), "box");
		const archive = gzipSync(tarball({ path: "etc/hostname", body: "box" }));
		writeFileSync(place.path("root.tgz"), archive);
		const server = createServer((_, response) => response.end(archive)).listen(0, "127.0.0.1");
		const { port } = await new Promise<AddressInfo>((done) =>
			server.on("listening", () => done(server.address() as AddressInfo)),
		);
		try {
			for (const [name, from] of [
				["a", "tree"],
				["b", place.path("root.tgz")],
				["c", `http://127.0.0.1:${port}/root.tgz`],
			] as const) {
				await pvpkg("app", "add", name, "--type", "rootfs", "--from", from, "--arg", "PV_ROLES=");
				const source = json(`${name}/src.json`);
				expect(source.rootfs_url).toBe(from);
				expect(read(`${name}/root.squashfs.rootfs-digest`)).toBe(source.rootfs_digest);
				expect(listing(tree(`${name}/root.squashfs`)).join()).toContain("etc/hostname");
			}
			expect(read("b/root.squashfs.rootfs-digest")).toBe(read("c/root.squashfs.rootfs-digest"));
			await pvpkg("app", "install", "a");
		} finally {
			server.close();
		}
	});

	test("takes a part of another package or checkout, its settings with it", async () => {
		await add("web", "--group", "app");
		writeFileSync(box("web/mdev.json"), '{"rules":[]}');
		mkdirSync(box("_config/web/etc"), { recursive: true });
		writeFileSync(box("_config/web/etc/x"), "x");
		await pvpkg("dm-convert", "web", "root.squashfs");
		await commit();
		await pvpkg("export", place.path("web.tgz"));
		mkdirSync(place.path("other"));
		const other = (...args: string[]) => runIn("other", ...args);
		await other("init");
		for (const [name, from] of [
			["one", `${place.path("web.tgz")}#web`],
			["two", `${place.path("box")}#web`],
		] as const) {
			const flags = ["--type", "pvr", "--from", from, "--volume", "/data:boot"];
			expect(await other("app", "add", name, ...flags)).toMatchObject({ code: 0 });
			const at = (path: string): string => readFileSync(place.path(`other/${path}`), "utf8");
			const source = JSON.parse(at(`${name}/src.json`));
			expect(source).toMatchObject({
				pvr: from,
				args: { PV_GROUP: "app" },
				persistence: { "/data": "boot" },
			});
			expect(JSON.parse(at(`${name}/run.json`))).toMatchObject({ name, "root-volume": "dm:root.squashfs" });
			expect(JSON.parse(at(`${name}/_dm/root.squashfs.json`))).toEqual(json("web/_dm/root.squashfs.json"));
			expect(JSON.parse(at(`${name}/mdev.json`))).toEqual({ rules: [] });
			expect(at(`_config/${name}/etc/x`)).toBe("x");
		}
	});
});

describe("overlays", () => {
	test("a container over a base shows what its image has", async () => {
		await add("core");
		const arm = ["--from", image(), "--platform", "linux/arm/v7"];
		await pvpkg("app", "add", "ext", ...arm, "--base", "core");
		await pvpkg("app", "add", "whole", ...arm);
		const shown = applyOverlay(tree("core/root.squashfs"), tree("ext/root.ovl.squashfs"));
		expect(listing(shown)).toEqual(listing(tree("whole/root.squashfs")));
		const source = json("ext/src.json");
		expect(source.docker_digest).toBe(json("core/src.json").docker_digest);
		expect(source.docker_ovl_digest).toBe(json("whole/src.json").docker_digest);
		expect(read("ext/root.ovl.squashfs.docker-digest")).toBe(source.docker_ovl_digest);
		expect(json("ext/run.json")["root-volume"]).toBe("root.ovl.squashfs");
		expect(existsSync(box("ext/root.squashfs"))).toBe(false);
	});
	test("an update of the base takes along what lies on it", async () => {
		await add("core");
		await pvpkg("app", "add", "ext", "--from", image(), "--platform", "linux/arm/v7", "--base", "core");
		const before = listing(applyOverlay(tree("core/root.squashfs"), tree("ext/root.ovl.squashfs")));
		const said = await pvpkg("app", "update", "core", "--platform", "linux/riscv64");
		expect(said).toContain("and with it ext");
		expect(json("ext/src.json").docker_digest).toBe(json("core/src.json").docker_digest);
		expect(listing(applyOverlay(tree("core/root.squashfs"), tree("ext/root.ovl.squashfs")))).toEqual(before);
	});

	test("a patch lies over the image that was there, until a new base is made", async () => {
		await add("web");
		const [source, root] = [json("web/src.json"), readFileSync(box("web/root.squashfs"))];
		await pvpkg("app", "update", "web", "--patch", "--platform", "linux/riscv64");
		expect(readFileSync(box("web/root.squashfs")).equals(root)).toBe(true);
		expect(json("web/src.json").docker_digest).toBe(source.docker_digest);
		expect(json("web/run.json").volumes).toEqual(["root.ovl.squashfs"]);
		const shown = listing(applyOverlay(tree("web/root.squashfs"), tree("web/root.ovl.squashfs")));
		await pvpkg("app", "update", "web", "--newbase");
		expect(readdirSync(box("web")).filter((name) => name.includes("ovl"))).toEqual([]);
		expect(json("web/src.json").docker_ovl_digest).toBeUndefined();
		expect(listing(tree("web/root.squashfs"))).toEqual(shown);
	});

	test("a project builds what install --base recorded", async () => {
		const run = (...args: string[]) => runIn(".", ...args);
		expect(await run("install", "-p", "linux/arm64", image(), "core")).toMatchObject({ code: 0 });
		const flags = ["-p", "linux/arm64", "--base", "core", "--config", "Cmd=x"];
		expect(await run("install", ...flags, image(), "ext")).toMatchObject({ code: 0 });
		const built = await run("build", "--build-version", "1");
		expect(built).toMatchObject({ code: 0 });
		const ext = readdirSync(place.path("releases/arm64v8/ext"));
		expect(ext.filter((name) => name.startsWith("root"))).toEqual([
			"root.ovl.squashfs",
			"root.ovl.squashfs.docker-digest",
		]);
	});
});

describe("app update and install", () => {
	test("keep what pvr does not know, and what is up to date", async () => {
		await add("web", "--arg", "PV_GROUP=app");
		const source = read("web/src.json");
		const marked = source.replace(
			'"#spec"',
			'"pv_build_origin": "yocto",\n  "big": 12345678901234567890,\n  "none": null,\n  "#spec"',
		);
		writeFileSync(box("web/src.json"), marked);
		writeFileSync(box("web/root.squashfs"), "untouched");
		await pvpkg("app", "install", "web");
		expect(read("web/root.squashfs")).toBe("untouched");
		expect(read("web/src.json")).toMatch(
			/"pv_build_origin": "yocto",\n {2}"big": 12345678901234567890,\n {2}"none": null/,
		);
		writeFileSync(box("web/root.squashfs.docker-digest"), "other");
		await pvpkg("app", "update", "web");
		expect(read("web/root.squashfs")).toMatch(/^hsqs/);
		expect(read("web/src.json")).toContain('"big": 12345678901234567890');
	});

	test("dm-verity follows the image, with the salt it had", async () => {
		await add("web");
		await pvpkg("dm-convert", "web/root.squashfs");
		expect(json("web/run.json")["root-volume"]).toBe("dm:root.squashfs");
		expect(json("web/src.json").dm_enabled).toEqual({ "root.squashfs": true });
		const before = json("web/_dm/root.squashfs.json");
		await commit();
		await pvpkg("app", "update", "web", "--platform", "linux/riscv64");
		const after = json("web/_dm/root.squashfs.json");
		expect({ ...after, root_hash: "" }).toEqual({ ...before, root_hash: "" });
		expect(after.root_hash).not.toBe(before.root_hash);
		await commit();
		await pvpkg("verify", ".");
		const hash = readFileSync(box("web/root.squashfs.hash"));
		hash[5000]! ^= 1;
		writeFileSync(box("web/root.squashfs.hash"), hash);
		await commit();
		const damaged = await run("verify", ".");
		expect(damaged.stdout).toContain("VERITY_MISMATCH");
		expect(damaged.code).toBe(5);
		await pvpkg("dm-apply", "web");
		await commit();
		await pvpkg("verify", ".");
	});

	test("rm takes configuration and signature along", async () => {
		await add("web");
		await add("webfoo");
		mkdirSync(box("_config/web"), { recursive: true });
		writeFileSync(box("_config/web/x"), "x");
		await commit();
		await pvpkg("sig", "add", "--part", "web");
		await commit();
		await pvpkg("app", "rm", "web");
		await commit();
		const keys = Object.keys(json(".pvr/json"));
		expect(keys.filter((key) => !key.startsWith("webfoo/"))).toEqual(["#spec"]);
		expect(existsSync(box("webfoo/src.json"))).toBe(true);
	});
});
