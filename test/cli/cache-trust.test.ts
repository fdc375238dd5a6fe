import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { parsePlatform } from "../../src/image/oci/index.js";
import { type CommandResult, serveDemo, Workplace } from "../support/command-line.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// Whoever can write the cache can make a run slower, and nothing else.

let place: Workplace;
let registry: DemoRegistry;

beforeAll(async () => {
	registry = await serveDemo();
	place = new Workplace();
	const layout = new LayoutDirectory(place.path("layout"));
	const images = ["one", "two"].map((name) => {
		const archive = tarball(file("bin/app", `#!/bin/sh\necho ${name}\n`.repeat(2000), { mode: 0o755 }));
		// The entrypoint is not there, which is worth a warning each time.
		return [
			name,
			layout.addImage(parsePlatform("linux/amd64"), [{ archive }], { Cmd: ["/bin/none"] }),
		] as const;
	});
	for (const [name, image] of images) {
		layout.tag(name, [image]);
		cpSync(place.path("layout"), place.path(name), { recursive: true });
	}
	for (const name of ["one", "two"]) {
		const result = await exportImage(name, `${name}.tgz`);
		expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining("/bin/none") });
	}
	expect(readFileSync(place.path("one.tgz")).equals(readFileSync(place.path("two.tgz")))).toBe(false);
	expect(await place.run(["pull", `${registry.host}/demo/app:1.0`, "-p", "amd64"])).toMatchObject({
		code: 0,
	});
	cpSync(place.path("cache"), place.path("sound"), { recursive: true });
});
afterAll(async () => {
	place.remove();
	await registry.close();
});

beforeEach(() => {
	rmSync(place.path("cache"), { recursive: true });
	cpSync(place.path("sound"), place.path("cache"), { recursive: true });
});

function exportImage(name: string, out: string, env: Record<string, string> = {}): Promise<CommandResult> {
	const args = ["export", `oci:${name}:${name}`, "web", "-p", "linux/amd64", "--no-sign", "-o", out];
	return place.run(args, { env });
}

function filesOf(kind: "records" | "blocks"): string[] {
	return readdirSync(place.path(`cache/v2/${kind}`)).map((name) => place.path(`cache/v2/${kind}/${name}`));
}

async function expectSameAsBefore(env: Record<string, string> = {}): Promise<CommandResult> {
	const result = await exportImage("one", "again.tgz", env);
	expect(result).toMatchObject({ code: 0 });
	expect(readFileSync(place.path("again.tgz")).equals(readFileSync(place.path("one.tgz")))).toBe(true);
	return result;
}

describe("a cache that somebody else wrote", () => {
	test("records that change places decide nothing", async () => {
		const records = filesOf("records");
		const contents = records.map((path) => readFileSync(path));
		for (const [at, path] of records.entries()) writeFileSync(path, contents[(at + 1) % records.length]!);
		await expectSameAsBefore();
	});

	test.each([
		["of noise", (bytes: Buffer) => Buffer.alloc(bytes.length, 0x5a)],
		["cut in half", (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
		["of no bytes, as after a power cut", () => Buffer.alloc(0)],
	])("records and packs %s: a warning, and the same package", async (_, change) => {
		for (const path of [...filesOf("records"), ...filesOf("blocks")]) {
			writeFileSync(path, change(readFileSync(path)));
		}
		const { stderr } = await expectSameAsBefore();
		expect(stderr).toContain("damaged");
		const check = await place.run(["cache", "verify"]);
		expect(check.code).toBe(5);
		expect(check.stdout + check.stderr).toMatch(/record [0-9a-f]{64}: damaged, removed/);
		expect(await place.run(["cache", "verify"])).toMatchObject({ code: 0 });
	});

	test("that does not verify is one document with --json, with the reason in it", async () => {
		for (const path of filesOf("records")) writeFileSync(path, Buffer.alloc(9));
		const { code, stdout } = await place.run(["cache", "verify", "--json"]);
		const document = JSON.parse(stdout);
		expect([code, document.ok, document.error.code]).toEqual([5, false, "ERR_VERIFICATION"]);
	});

	test("a record that a stranger's key has signed is not believed", async () => {
		for (const path of filesOf("records")) rmSync(path);
		const { stderr } = await expectSameAsBefore({ PVPKG_CACHE_KEY: "a stranger's secret" });
		expect(stderr).not.toContain("from cache");
		expect((await exportImage("one", "third.tgz")).stderr).not.toContain("from cache");
	});

	test("--offline takes no tag but the one that was seen", async () => {
		const offline = ["pull", `${registry.host}/demo/app:1.0`, "-p", "amd64", "--offline"];
		expect(await place.run(offline)).toMatchObject({ code: 0 });
		for (const path of filesOf("records")) {
			const bytes = readFileSync(path);
			const digit = bytes.length - 8;
			writeFileSync(
				path,
				bytes.fill(bytes.toString("latin1", digit, digit + 1) === "f" ? "e" : "f", digit, digit + 1),
			);
		}
		const { code, stderr } = await place.run(offline);
		expect([code, stderr]).toEqual([4, expect.stringContaining("--offline")]);
	});
});

test("the same key on another machine finds what was made", async () => {
	const env = { PVPKG_CACHE_KEY: "a protected variable" };
	await expectSameAsBefore(env);
	const { stderr } = await exportImage("one", "other.tgz", {
		...env,
		PVR_CONFIG_DIR: place.path("elsewhere"),
	});
	expect(stderr).toContain("from cache");
});

test("a key that is none is refused", async () => {
	const { code, stderr } = await exportImage("one", "none.tgz", { PVPKG_CACHE_KEY: "short" });
	expect([code, stderr]).toEqual([2, expect.stringContaining("PVPKG_CACHE_KEY: expected at least 16")]);
});

test("what was found about an image is told again when it comes from the cache", async () => {
	const { stderr } = await expectSameAsBefore();
	expect(stderr).toContain("root.squashfs: from cache");
	expect(stderr).toContain("/bin/none");
});

test("a cache can be read by its user alone", () => {
	for (const name of readdirSync(place.path("cache"), { recursive: true, encoding: "utf8" })) {
		expect(statSync(place.path(`cache/${name}`)).mode & 0o077, name).toBe(0);
	}
});

test("a key that nobody gave is made at its first use, and read by its user alone", async () => {
	const other = new Workplace();
	try {
		await other.run(["cache", "ls"], { env: { PVPKG_CACHE_KEY: undefined } });
		const args = ["mksquashfs", "tar:-", "out.squashfs", "--platform", "amd64"];
		await other.run(args, { env: { PVPKG_CACHE_KEY: undefined }, input: tarball({ path: "a", body: "b" }) });
		expect(statSync(other.path(".pvr/cache.key")).mode & 0o777).toBe(0o600);
	} finally {
		other.remove();
	}
});
