import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Spool } from "../../src/ground/files/index.js";
import { parsePlatform, resolveImages } from "../../src/image/oci/index.js";
import { openRegistry } from "../../src/image/registry/index.js";
import { flatten } from "../../src/image/rootfs/index.js";
import {
	isRootfsLocation,
	openImageSource,
	parseImageLocation,
	readRootfs,
	type SourceContext,
} from "../../src/image/sources/index.js";
import { type LayoutEntry, layoutFiles, sampleImage } from "../support/image-layout.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";
import { TestRegistry } from "../support/registry.js";
import { listTree } from "../support/tree-listing.js";
import { zipFile } from "../support/zip-file.js";

const NAME = "org.opencontainers.image.ref.name";
const one = sampleImage("one");
const two = sampleImage("two");
const arm = sampleImage("one", "arm64");

let directory: string;
let expected: string[];
const at = (...path: string[]): string => join(directory, ...path);

beforeAll(async () => {
	directory = mkdtempSync(join(tmpdir(), "sources-interop-"));
	writeLayout("layout", [
		{ image: one, annotations: { [NAME]: "one" } },
		{ image: two, annotations: { [NAME]: "two" } },
	]);
	expected = await treeOf(`oci:${at("layout")}:one`);
	expect(expected.length).toBeGreaterThan(4);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function writeLayout(name: string, entries: readonly LayoutEntry[]): void {
	for (const [path, bytes] of layoutFiles(entries)) {
		mkdirSync(dirname(at(name, path)), { recursive: true });
		writeFileSync(at(name, path), bytes);
	}
}

/** The listing of the tree that IMAGE leads to. */
async function treeOf(
	image: string,
	environment: SourceContext["environment"] = {},
	platform = "linux/amd64",
): Promise<string[]> {
	const location = parseImageLocation(image);
	const context = { temporaryDirectory: at("tmp"), environment, openRegistry };
	mkdirSync(at("tmp"), { recursive: true });
	const spool = Spool.create(at("tmp"));
	try {
		if (isRootfsLocation(location)) return listTree(await readRootfs(location, spool, context));
		const source = await openImageSource(location, context);
		const [found] = await resolveImages(source, [parsePlatform(platform)], { policy: "exact" });
		const listing = listTree(await flatten(found!.layers, spool));
		await source.close();
		return listing;
	} finally {
		spool.close();
	}
}

const copy = (...args: string[]): string => run("skopeo", "copy", "-q", "--insecure-policy", ...args);

needs("skopeo").describe("skopeo's archives", () => {
	test("dir:, of one platform", async () => {
		copy(`oci:${at("layout")}:one`, `dir:${at("directory")}`);
		expect(await treeOf(`dir:${at("directory")}`)).toEqual(expected);
	});

	test("docker-archive, named and not", async () => {
		copy(`oci:${at("layout")}:one`, `docker-archive:${at("d1.tar")}`);
		expect(await treeOf(`docker-archive:${at("d1.tar")}`)).toEqual(expected);
		copy(`oci:${at("layout")}:one`, `docker-archive:${at("d2.tar")}:team/app:1.0`);
		expect(await treeOf(`docker-archive:${at("d2.tar")}:team/app:1.0`)).toEqual(expected);
	});

	test("oci-archive, named and not", async () => {
		copy(`oci:${at("layout")}:one`, `oci-archive:${at("o1.tar")}`);
		expect(await treeOf(`oci-archive:${at("o1.tar")}`)).toEqual(expected);
		copy(`oci:${at("layout")}:one`, `oci-archive:${at("o2.tar")}:v1`);
		expect(await treeOf(`oci-archive:${at("o2.tar")}:v1`)).toEqual(expected);
	});

	test("a layout whose layers it compressed again", async () => {
		copy(`oci:${at("layout")}:one`, `oci:${at("gz")}:v1`, "--dest-compress-format", "gzip");
		expect(await treeOf(`oci:${at("gz")}:v1`)).toEqual(expected);
	});

	test("the same from a registry", async () => {
		const registry = await TestRegistry.start();
		try {
			registry.addImage("team/app", { os: "linux", architecture: "amd64" }, one.diffs, "1");
			expect(await treeOf(`${registry.host}/team/app:1`)).toEqual(expected);
		} finally {
			await registry.close();
		}
	});

	test("all platforms of an index", async () => {
		writeLayout("multi", [
			{ image: one, platform: { os: "linux", architecture: "amd64" } },
			{ image: arm, platform: { os: "linux", architecture: "arm64" } },
		]);
		expect(await treeOf(`oci:${at("multi")}`, {}, "linux/arm64")).toEqual(expected);
	});

	test("each of them in a zip, stored and deflated", async () => {
		copy(`oci:${at("layout")}:one`, `docker-archive:${at("z.tar")}`);
		copy(`oci:${at("layout")}:one`, `oci-archive:${at("zo.tar")}`);
		for (const stored of [true, false]) {
			const docker = readFileSync(at("z.tar"));
			writeFileSync(at("z.zip"), await zipFile({ "deep/app.tar": docker }, { stored, zip64: stored }));
			expect(await treeOf(`docker-archive:${at("z.zip")}`)).toEqual(expected);
			writeFileSync(at("zo.zip"), await zipFile({ "app.tar": readFileSync(at("zo.tar")) }, { stored }));
			expect(await treeOf(`oci-archive:${at("zo.zip")}//app.tar`)).toEqual(expected);
		}
	});
});

needs("root", "umoci").describe("umoci (as root)", () => {
	test("a layout it changed, and dir: and tar: of what it unpacked", async () => {
		run("umoci", "tag", "--image", `${at("layout")}:one`, "copied");
		expect(await treeOf(`oci:${at("layout")}:copied`)).toEqual(expected);
		run("umoci", "unpack", "--image", `${at("layout")}:one`, at("bundle"));
		const withoutTimes = (lines: string[]): string[] => lines.map((line) => line.replace(/ @\d+/, ""));
		expect(withoutTimes(await treeOf(`dir:${at("bundle/rootfs")}`))).toEqual(withoutTimes(expected));
		run("tar", "--xattrs", "-C", at("bundle/rootfs"), "-czf", at("rootfs.tgz"), ".");
		expect(withoutTimes(await treeOf(`tar:${at("rootfs.tgz")}`))).toEqual(withoutTimes(expected));
	});

	test("an image it made", async () => {
		run("umoci", "init", "--layout", at("made"));
		run("umoci", "new", "--image", `${at("made")}:v1`);
		run("umoci", "unpack", "--image", `${at("made")}:v1`, at("made-bundle"));
		writeFileSync(at("made-bundle/rootfs/file"), "added");
		run("umoci", "repack", "--image", `${at("made")}:v2`, at("made-bundle"));
		expect(await treeOf(`oci:${at("made")}:v2`)).toContainEqual(expect.stringContaining('file "added"'));
	});
});

needs("root", "podman", "skopeo").describe("podman (as root)", () => {
	const podman = (...args: string[]): string =>
		run("podman", "--root", at("pod"), "--runroot", at("run"), "--storage-driver", "vfs", ...args);

	beforeAll(() => {
		for (const [tag, name] of [
			["one", "example.org/team/app:1"],
			["two", "example.org/team/two:2"],
		]) {
			copy(`oci:${at("layout")}:${tag}`, `docker-archive:${at(`${tag}.load.tar`)}:${name}`);
			podman("load", "-q", "-i", at(`${tag}.load.tar`));
		}
	});

	test("save in both formats, several images in one archive", async () => {
		podman("save", "-q", "--format", "oci-archive", "-o", at("p.oci.tar"), "example.org/team/app:1");
		expect(await treeOf(`oci-archive:${at("p.oci.tar")}`)).toEqual(expected);
		podman("save", "-q", "--format", "docker-archive", "-o", at("p.docker.tar"), "example.org/team/app:1");
		expect(await treeOf(`docker-archive:${at("p.docker.tar")}`)).toEqual(expected);
		podman("save", "-q", "-m", "-o", at("m.tar"), "example.org/team/app:1", "example.org/team/two:2");
		expect(await treeOf(`docker-archive:${at("m.tar")}:example.org/team/app:1`)).toEqual(expected);
		await expect(treeOf(`docker-archive:${at("m.tar")}`)).rejects.toMatchObject({
			code: "ERR_IMAGE_AMBIGUOUS",
		});
	});

	test("its service answers as a daemon", async () => {
		const socket = at("podman.sock");
		const args = [
			"--root",
			at("pod"),
			"--runroot",
			at("run"),
			"--storage-driver",
			"vfs",
			"system",
			"service",
		];
		const service = spawn("podman", [...args, "--time", "600", `unix://${socket}`], { stdio: "ignore" });
		try {
			const environment = { DOCKER_HOST: `unix://${socket}` };
			await answering(() => treeOf("docker-daemon:none.example/x:1", environment));
			expect(await treeOf("docker-daemon:example.org/team/app:1", environment)).toEqual(expected);
			const id = podman("images", "-q", "--no-trunc", "example.org/team/app:1").trim();
			expect(await treeOf(`docker-daemon:${id}`, environment)).toEqual(expected);
		} finally {
			service.kill();
		}
	});

	/** Waits until the service is up: an unknown image is then unknown, not unreachable. */
	async function answering(ask: () => Promise<unknown>): Promise<void> {
		for (let attempt = 0; attempt < 1000; attempt++) {
			const code = await ask().catch((error: { readonly code?: string }) => error.code);
			if (code === "ERR_IMAGE_NOT_FOUND") return;
			await delay(100);
		}
		throw new Error("podman's service does not answer");
	}
});
