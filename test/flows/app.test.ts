import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addApp, installAppAgain, updateApp } from "../../src/flows/index.js";
import { jsonObject } from "../../src/ground/json/index.js";
import type { ImageLocation } from "../../src/image/sources/index.js";
import { initCheckout } from "../../src/pantavisor/checkout/index.js";
import { AMD64, ARM64, MemoryImages, RunPlace } from "../support/memory-run.js";

let place: RunPlace;
let images: MemoryImages;
let box: string;
beforeEach(() => {
	place = new RunPlace();
	images = new MemoryImages();
	images.addPlatforms(AMD64, ARM64);
	box = place.path("box");
	initCheckout(box);
});
afterEach(() => place.remove());

const settings = (at?: (location: ImageLocation) => MemoryImages | undefined) =>
	place.settings(at ?? ((location) => images.at(location)));
const add = (name: string, more: object = {}, at?: Parameters<typeof settings>[0]) =>
	addApp(
		{ directory: box, name, type: "docker", from: "reg/web:1", platform: ARM64, options: {}, ...more },
		settings(at),
	);
const read = (path: string): string => readFileSync(join(box, path), "utf8");
const changeSource = (name: string, change: (source: Record<string, unknown>) => void): void => {
	const source = JSON.parse(read(`${name}/src.json`));
	change(source);
	writeFileSync(join(box, `${name}/src.json`), JSON.stringify(source));
};

describe("app add", () => {
	test("reports what verify would say: a key that liblxc refuses", async () => {
		await add("web", { options: { args: jsonObject({ PV_LXC_EXTRA_CONF: "lxc.init.groups = 1" }) } });
		expect(place.messages.join("\n")).toContain("liblxc 3.0 refuses the key lxc.init.groups");
	});

	test("leaves nothing of a container that a device would deploy wrongly", async () => {
		images.broken.add([...images.blobs.keys()][2]!);
		await expect(add("web")).rejects.toThrow("lost");
		expect(() => read("web/src.json")).toThrow("ENOENT");
	});

	test("takes the first platform of the device that the image has", async () => {
		const platforms = '{"platforms":["linux/riscv64","linux/amd64"]}';
		writeFileSync(
			join(box, ".pvr/json"),
			`{"#spec":"pantavisor-service-system@1","_hostconfig/pvr/docker.json":${platforms}}`,
		);
		const { source } = await add("web", { platform: undefined });
		expect(source.dockerPlatform).toBe("linux/amd64");
	});

	test("by force makes the image again, as its options may be others", async () => {
		await add("web");
		const before = read("web/root.squashfs");
		await add("web", { force: true, options: { formatOptions: "-comp gzip" } });
		expect(read("web/root.squashfs")).not.toBe(before);
	});

	test("of an image of the daemon records its digest by itself", async () => {
		const asked: string[] = [];
		const { source } = await add("web", { options: { source: "local,remote" } }, ({ kind }) => {
			asked.push(kind);
			return images;
		});
		expect(asked).toEqual(["docker-daemon"]);
		expect(source).toMatchObject({ dockerName: "reg/web", dockerTag: "1", dockerSource: "local,remote" });
		expect(source.dockerDigest).toMatch(/^sha256:/);
	});
});

describe("app install", () => {
	test("keeps an image that is of what is recorded, and asks for nothing", async () => {
		await add("web");
		const [before, asked] = [read("web/root.squashfs"), images.asked.length];
		const file = statSync(join(box, "web/root.squashfs")).ino;
		changeSource("web", (source) => Object.assign(source, { args: { PV_GROUP: "app" } }));
		await installAppAgain({ directory: box, name: "web" }, settings());
		expect(JSON.parse(read("web/run.json")).group).toBe("app");
		expect(read("web/root.squashfs")).toBe(before);
		expect(statSync(join(box, "web/root.squashfs")).ino).toBe(file);
		expect(images.asked).toHaveLength(asked);
	});

	test("warns of typos in src.json like every flow", async () => {
		await add("web");
		changeSource("web", (source) =>
			Object.assign(source, { docker_plaform: "x", args: { PV_GROPU: "app" } }),
		);
		await installAppAgain({ directory: box, name: "web" }, settings());
		expect(place.messages).toContain(
			"web/src.json: docker_plaform: unknown: kept, without effect; docker_platform is known",
		);
		expect(place.messages.join("\n")).toContain("web: PV_GROPU: unknown");
	});

	test("makes an image that is not there", async () => {
		await add("web");
		const before = read("web/root.squashfs");
		rmSync(join(box, "web/root.squashfs"));
		await installAppAgain({ directory: box, name: "web" }, settings());
		expect(read("web/root.squashfs")).toBe(before);
	});

	test("without docker_config asks for manifest and configuration once", async () => {
		await add("web");
		rmSync(join(box, "web/root.squashfs"));
		changeSource("web", (source) => delete source.docker_config);
		const before = images.asked.length;
		await installAppAgain({ directory: box, name: "web" }, settings());
		const asked = images.asked.slice(before);
		expect(new Set(asked).size).toBe(asked.length);
		expect(JSON.parse(read("web/src.json")).docker_config).toEqual({ Cmd: ["/bin/serve"] });
	});

	test("refuses another image than src.json records", async () => {
		await add("web");
		rmSync(join(box, "web/root.squashfs"));
		const other = new MemoryImages();
		other.add({ platform: ARM64, files: { "bin/serve": "other" } });
		const installing = installAppAgain(
			{ directory: box, name: "web" },
			settings(() => other),
		);
		await expect(installing).rejects.toMatchObject({ code: "ERR_BUILD_SOURCE" });
	});
});

describe("a base", () => {
	test("is made before what lies on it, and again with it when it moves", async () => {
		await add("os");
		await add("web", { base: "os" });
		const overlay = read("web/root.ovl.squashfs");
		const { dockerDigest } = JSON.parse(read("web/src.json"));
		expect(dockerDigest).toBe(JSON.parse(read("os/src.json")).dockerDigest);
		images.add({ platform: ARM64, files: { "bin/serve": "new", "etc/os": "2" } });
		const { dependants } = await updateApp({ directory: box, name: "os" }, settings());
		expect(dependants).toEqual(["web"]);
		expect(read("web/root.ovl.squashfs")).not.toBe(overlay);
	});

	test("that is as it was leaves what lies on it as it is", async () => {
		await add("os");
		await add("web", { base: "os" });
		const asked = images.asked.length;
		await installAppAgain({ directory: box, name: "web" }, settings());
		expect(images.asked).toHaveLength(asked);
	});

	test("whose image is gone is made again, with what lies on it", async () => {
		await add("os");
		await add("web", { base: "os" });
		rmSync(join(box, "os/root.squashfs"));
		await installAppAgain({ directory: box, name: "web" }, settings());
		expect(read("os/root.squashfs").slice(0, 4)).toBe("hsqs");
	});
});

describe("app update", () => {
	test("patches, and makes a whole root again", async () => {
		await add("web");
		const root = read("web/root.squashfs");
		images.add({ platform: ARM64, files: { "bin/serve": "new" } });
		await updateApp({ directory: box, name: "web", patch: true }, settings());
		expect(read("web/root.squashfs")).toBe(root);
		expect(read("web/root.ovl.squashfs").slice(0, 4)).toBe("hsqs");
		await updateApp({ directory: box, name: "web", newBase: true }, settings());
		expect(read("web/root.squashfs")).not.toBe(root);
		expect(() => read("web/root.ovl.squashfs")).toThrow("ENOENT");
	});

	test("makes a root file system again of what lies there now", async () => {
		await addApp(
			{ directory: box, name: "fs", type: "rootfs", from: place.path("tmp"), options: {} },
			settings(),
		);
		const before = JSON.parse(read("fs/src.json")).rootfs_digest;
		writeFileSync(place.path("tmp/file"), "new");
		const { source } = await updateApp({ directory: box, name: "fs" }, settings());
		expect(source.rootfsDigest).not.toBe(before);
	});
});
