import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Blob, DemoImage } from "../../fixtures/demo-image.js";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { demoImage, serveDemo, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

let registry: DemoRegistry;
let place: Workplace;
beforeAll(async () => {
	registry = await serveDemo();
});
afterAll(() => registry.close());
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

const image = (): string => `${registry.host}/demo/app:1.0`;

/** Nothing but what was there: no output, no temporary file. */
function expectNothingLeft(more: readonly string[] = []): void {
	const names = readdirSync(place.directory).filter((name) => name !== "cache");
	expect(names.sort()).toEqual(["key.pem", "public.pem", "tmp", ...more].sort());
	expect(readdirSync(place.path("tmp"))).toEqual([]);
}

test("a password that a message would repeat is blotted out, in the document too", async () => {
	const args = ["export", "oci:s3cret-place", "web", "-u", "me", "--password", "s3cret-place", "--json"];
	const { code, stdout, stderr } = await place.run(args);
	expect(code).toBe(4);
	expect(JSON.parse(stdout).error.message).toContain("***");
	expect(stdout + stderr).not.toContain("s3cret-place");
});

test("what unpacks to more than --max-layer is refused, and the option is named", async () => {
	const bomb = tarball(file("bin/data", Buffer.alloc(1 << 20, 1)));
	writeFileSync(place.path("rootfs.tar"), bomb);
	writeFileSync(place.path("images.tar.gz"), gzipSync(bomb));
	for (const source of [
		image(),
		"tar:rootfs.tar",
		"oci-archive:images.tar.gz",
		"docker-archive:images.tar.gz",
	]) {
		const args = ["export", source, "web", "-p", "linux/amd64", "--config", "Entrypoint=/bin/true"];
		const { code, stderr } = await place.run([...args, "--max-layer", "1K"]);
		expect([code, stderr]).toEqual([
			3,
			expect.stringMatching(/at most 1024 bytes.*\(--max-layer allows more\)/),
		]);
	}
});

describe("what the user gives", () => {
	test.each([
		["no command", [], 2, "Usage"],
		["an unknown command", ["fly"], 2, "unknown command"],
		["an unknown option", ["export", "a", "b", "--fast"], 2, "--fast"],
		["a missing argument", ["export", "a"], 2, "name"],
		["a platform that is none", ["export", "IMAGE", "web", "-p", "linux/"], 3, "linux/"],
		["two platforms of one label", ["export", "IMAGE", "web", "-p", "linux/arm,linux/arm/v6"], 2, "arm32v6"],
		[
			"several platforms into one file, all of the image's",
			["export", "IMAGE", "web", "-o", "w"],
			2,
			"w: write",
		],
		["a layout that is not there", ["export", "oci:nowhere", "web"], 4, "nowhere"],
		[
			"a directory as an archive",
			["export", "oci-archive:tmp", "web"],
			3,
			"tmp: open: expected a regular file",
		],
		["a reference that is none", ["export", "team/UPPER:tag", "web"], 3, "team/UPPER"],
		["a name the device cannot take", ["export", "IMAGE", "../web", "-p", "linux/amd64"], 3, "../web"],
		[
			"an unknown format option",
			["export", "IMAGE", "web", "--format-options", "-comp xz -fly 3"],
			3,
			"-fly",
		],
		["a wrong option of mksquashfs", ["mksquashfs", "IMAGE", "w", "-comp", "lzo"], 2, "-comp lzo: expected"],
		["group and runlevel", ["export", "IMAGE", "web", "--group", "a", "--runlevel", "b"], 2, "--runlevel"],
		["a volume without a class", ["export", "IMAGE", "web", "--volume", "/data"], 3, "/data"],
		["several platforms into one stream", ["export", "IMAGE", "web", "-o", "-"], 2, "--platform"],
		[
			"several platforms into one stream, asked for",
			["export", "IMAGE", "web", "-p", "linux/amd64,linux/mips", "-o", "-"],
			2,
			"got linux/amd64, linux/mips",
		],
		["a JSON document beside a stream", ["export", "IMAGE", "web", "-o", "-", "--json"], 2, "--json"],
		["several platforms into one file", ["export", "IMAGE", "web", "-o", "web.tgz"], 2, "web.tgz"],
		["an image for a host", ["export", "--insecure", "IMAGE", "web"], 2, "--insecure: expected a host"],
		["a username without a password", ["export", "IMAGE", "web", "-u", "me"], 2, "--password"],
	])("%s", async (_, args, code, subject) => {
		const result = await place.run(args.map((arg) => (arg === "IMAGE" ? image() : arg)));
		expect(result.stderr).toContain(subject);
		expect(result.stderr).not.toContain("compress"); // All of these are found before the long work.
		expect(result.code).toBe(code);
		expectNothingLeft();
	});

	test("bad JSON in --arg-json: line and column", async () => {
		writeFileSync(place.path("args.json"), '{\n  "PV_GROUP": app\n}');
		const result = await place.run(["export", image(), "web", "--arg-json", "args.json"]);
		expect(result.stderr).toMatch(/args\.json.*line 2.*column 15/);
		expect(result.code).toBe(3);
		expectNothingLeft(["args.json"]);
	});

	test("bad JSON in src.json and pvpkg.json", async () => {
		writeFileSync(place.path("src.json"), '{"args":{}');
		const rendered = await place.run(["render", "src.json"]);
		expect(rendered.stderr).toMatch(/src\.json.*line 1.*column 11/);
		expect(rendered.code).toBe(3);
		writeFileSync(place.path("pvpkg.json"), "[1,]");
		const built = await place.run(["build"]);
		expect(built.stderr).toMatch(/pvpkg\.json.*line 1.*column 4/);
		expect(built.code).toBe(3);
	});

	test("a name template that gives two architectures one file", async () => {
		const installed = await place.run(["install", image(), "web", "-p", "linux/amd64,linux/mips"]);
		expect(installed.code).toBe(0);
		const result = await place.run(["build", "--name-template", "same.tgz"]);
		expect(result.stderr).toContain("same.tgz: package name: expected $ARCH in the template");
		expect(result.code).toBe(3);
		expectNothingLeft(["pvpkg", "pvpkg.json"]);
	});

	test("a name template that gives a package the name of the checkout", async () => {
		await place.run(["install", image(), "web", "-p", "linux/mips"]);
		const result = await place.run(["build", "--name-template", "$ARCH"]);
		expect(result.stderr).toContain("mips: package name: is also the name of the checkout");
		expect(result.code).toBe(3);
		expectNothingLeft(["pvpkg", "pvpkg.json"]);
	});

	test("build: a place that cannot be replaced leaves those of other architectures as they were", async () => {
		const build = () => place.run(["build", "--build-version", "1"]);
		expect(await place.run(["install", image(), "web", "-p", "linux/amd64,linux/mips"])).toMatchObject({
			code: 0,
		});
		mkdirSync(place.path("releases/mips"), { recursive: true });
		writeFileSync(place.path("releases/mips/letter"), "");
		const result = await build();
		expect(result.stderr).toContain("releases/mips: write checkout");
		expect(result.code).toBe(3);
		expect(readdirSync(place.path("releases"))).toEqual(["mips"]);
		expectNothingLeft(["pvpkg", "pvpkg.json", "releases"]);
		rmSync(place.path("releases/mips/letter"));
		expect(await build()).toMatchObject({ code: 0 });
		expect(readdirSync(place.path("releases"))).toHaveLength(4);
	});

	test("variables of a CI system that are empty are none", async () => {
		const env = { PVR_REGISTRY_USERNAME: "", PVR_REGISTRY_PASSWORD: "" };
		const result = await place.run(["export", image(), "web", "--dry-run"], { env });
		expect(result.code, result.stderr).toBe(0);
		const half = await place.run(["export", image(), "web"], {
			env: { ...env, PVR_REGISTRY_USERNAME: "me" },
		});
		expect(half.stderr).toContain("--password");
		expect(half.code).toBe(2);
	});

	test("no key: says how to make one, before anything is fetched", async () => {
		const result = await place.run(["export", image(), "web"], { env: { PVR_SIG_KEY: undefined } });
		expect(result.stderr).toContain("pvpkg keygen");
		expect(result.code).toBe(4);
		expectNothingLeft();
	});

	test.each([
		["an unknown option", ["export", "a", "b", "--nothing", "--json"], "--nothing"],
		["a missing argument", ["verify", "--json"], "package"],
		["an unknown command", ["nothing", "--json"], "nothing"],
		["a choice that there is not", ["build", "--json", "--tier", "slow"], "slow"],
		["a number that is none", ["pull", "a", "--retries", "x", "--json"], "--retries"],
		["a size that is none", ["pull", "a", "--max-layer", "lots", "--json"], "--max-layer"],
		["a command group alone", ["cache", "--json"], "--json"],
	])("a wrong command line is one JSON document with --json: %s", async (_, args, subject) => {
		const { code, stdout, stderr } = await place.run(args);
		expect(code).toBe(2);
		const { error } = JSON.parse(stdout);
		expect(error.code).toBe("ERR_USAGE");
		expect(error.message).toContain(subject);
		expect(stderr).toContain(error.message);
	});

	test("errors are one JSON document with --json", async () => {
		const result = await place.run(["verify", "nothing.tgz", "--json"]);
		expect(JSON.parse(result.stdout)).toEqual({
			spec: "pvpkg/verify@1",
			ok: false,
			error: { code: "ERR_FILE_NOT_FOUND", message: expect.stringContaining("nothing.tgz") },
			warnings: [],
		});
		expect(result.code).toBe(4);
	});
});

describe("what the registry has", () => {
	test("unknown image", async () => {
		const result = await place.run(["export", `${registry.host}/demo/other:1.0`, "web"]);
		expect(result.stderr).toContain("demo/other");
		expect(result.code).toBe(4);
		expectNothingLeft();
	});

	test("missing platform: lists what there is", async () => {
		const result = await place.run(["export", image(), "web", "-p", "linux/s390x"]);
		for (const platform of ["linux/s390x", "linux/amd64", "linux/arm/v6", "linux/riscv64"]) {
			expect(result.stderr).toContain(platform);
		}
		expect(result.stderr).not.toContain("unknown/unknown");
		expect(result.code).toBe(4);
		expectNothingLeft();
	});

	/** The demo image with the largest layer of amd64 replaced by other bytes under the same digest. */
	function damaged(change: (bytes: Buffer) => Buffer): DemoImage {
		const original = demoImage();
		const largest = [...original.blobs.values()].reduce((a, b) => (a.size >= b.size ? a : b));
		const bytes = change(Buffer.from(largest.bytes));
		const blob: Blob = { ...largest, bytes, size: bytes.length };
		return { ...original, blobs: new Map([...original.blobs, [largest.digest, blob]]) };
	}

	test.each([
		["wrong digest", (bytes: Buffer) => bytes.fill(0, 1000, 1100), 3],
		["truncated layer", (bytes: Buffer) => bytes.subarray(0, -5000), 3],
		["layer that lies about its size", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(9000)]), 3],
	])("%s", async (_, change, code) => {
		const bad = damaged(change);
		const other = await serveDemo(bad);
		try {
			const result = await place.run(["export", `${other.host}/demo/app:1.0`, "web", "--retries", "1"]);
			expect(result.stderr).toMatch(/sha256:[0-9a-f]{64}/);
			expect(result.code).toBe(code);
			expectNothingLeft();
		} finally {
			await other.close();
		}
	});
});

describe("where the output goes", () => {
	test("a directory that cannot be made", async () => {
		writeFileSync(place.path("taken"), "");
		const result = await place.run(["export", image(), "web", "-p", "linux/mips", "-o", "taken/web.tgz"]);
		expect(result.stderr).toContain("taken/web.tgz");
		expect(result.code).toBe(6);
		expectNothingLeft(["taken"]);
	});

	needs("root", "mounts").test("a full disk (root)", async () => {
		const { run } = await import("../support/programs.js");
		const { mkdirSync } = await import("node:fs");
		mkdirSync(place.path("small"));
		run("mount", "-t", "tmpfs", "-o", "size=32k", "none", place.path("small"));
		try {
			const result = await place.run(["export", image(), "web", "-p", "linux/mips", "-o", "small/web.tgz"]);
			expect(result.stderr).toMatch(/small\/web\.tgz.*no space is left on the disk/);
			expect(result.code).toBe(6);
			expect(readdirSync(place.path("small"))).toEqual([]);
		} finally {
			run("umount", place.path("small"));
		}
	});
});
