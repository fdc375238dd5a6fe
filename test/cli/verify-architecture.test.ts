import { existsSync, mkdirSync, renameSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Inode } from "../../src/image/rootfs/index.js";
import { bytesObject, type Part } from "../../src/pantavisor/package/index.js";
import { Workplace } from "../support/command-line.js";
import { DeviceModel } from "../support/device-model.js";
import { elfFile } from "../support/elf-file.js";
import { packageBytes, put } from "../support/gate.js";
import { directory, file } from "../support/inodes.js";
import { makePackage, webPart } from "../support/packages.js";
import { imageBytes } from "../support/squashfs-images.js";

// The ELF headers of root file systems decide which devices a package is for.

const X86 = elfFile({ machine: 62, bits: 64 });
const X86_32 = elfFile({ machine: 3 });
const ARM64 = elfFile({ machine: 183, bits: 64 });

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	await save("web.amd64.tgz", await container(X86));
	await save("web.arm64v8.tgz", await container(X86));
	await save("shop-1.0-5.arm64v8.tgz", await container(X86));
	await save("plain.tgz", await container(X86));
	await save("old.amd64.tgz", await container(X86_32));
	await save("data.arm64v8.tgz", await container("#!/bin/nothing\n"));
	await save("two.tgz", await container(X86, "web"), await container(ARM64, "db"));
	await save("related.tgz", await container(X86, "web"), await container(X86_32, "db"));
	await save("overlay.arm64v8.tgz", await patched(ARM64, X86));
	await save("mended.arm64v8.tgz", await patched(X86, ARM64));
});
afterAll(() => place.remove());

function root(program: string | Uint8Array, others: Readonly<Record<string, Inode>> = {}): Promise<Buffer> {
	const bin = directory({ serve: file(program, { mode: 0o755 }), ...others });
	return imageBytes({ root: directory({ bin }) });
}

async function container(program: string | Uint8Array, name?: string): Promise<Part> {
	return webPart(bytesObject(await root(program)), name);
}

/** A container that devices have with one program, and an overlay that brings another one in its place. */
async function patched(below: Uint8Array, above: Uint8Array): Promise<Part> {
	const part = await container(below);
	const overlay = bytesObject(await root(above));
	return { ...part, objects: new Map([...part.objects, ["web/root.ovl.squashfs", overlay]]) };
}

async function save(name: string, ...parts: readonly Part[]): Promise<void> {
	put(place, name, await packageBytes(makePackage(...parts)));
}

async function verify(...args: string[]): Promise<{ code: number | null; found: string[] }> {
	const { code, stdout } = await place.run(["verify", ...args]);
	return { code, found: stdout.split("\n").filter((line) => line.endsWith("[ARCHITECTURE_MISMATCH]")) };
}

const MISMATCH = (severity: string, device: string) =>
	`${severity}: web/root.squashfs: /bin/serve: check architecture: expected ${device}, got x86-64, 64 bits, little-endian [ARCHITECTURE_MISMATCH]`;

describe("verify holds programs to the devices that a package is for", () => {
	test.each(["web.arm64v8.tgz", "shop-1.0-5.arm64v8.tgz"])("%s, by its file name", async (name) => {
		const { code, found } = await verify(name);
		expect(found[0]).toBe(MISMATCH("error", "linux/arm64"));
		expect(code).toBe(5);
	});

	test("which run its own programs", async () => {
		expect(await verify("web.amd64.tgz")).toEqual({ code: 0, found: [] });
	});

	test("by --arch, in any spelling, over the file name", async () => {
		expect(await verify("web.arm64v8.tgz", "--arch", "amd64")).toEqual({ code: 0, found: [] });
		const { code, found } = await verify("plain.tgz", "--arch", "linux/arm/v7");
		expect(found[0]).toBe(MISMATCH("error", "linux/arm/v7"));
		expect(code).toBe(5);
		expect((await verify("plain.tgz", "--arch", "vax")).code).toBe(3);
	});

	test("by releases/ARCH, of a checkout there", async () => {
		mkdirSync(place.path("releases/arm64v8"), { recursive: true });
		const cwd = place.path("releases/arm64v8");
		const cloned = await place.run(["clone", "../../plain.tgz", "."], { cwd });
		expect(cloned.code, cloned.stderr).toBe(0);
		for (const [path, at] of [
			["releases/arm64v8", place.directory],
			[".", cwd],
		] as const) {
			const { code, stdout } = await place.run(["verify", path], { cwd: at });
			expect(stdout).toContain(MISMATCH("error", "linux/arm64"));
			expect(code).toBe(5);
		}
		renameSync(cwd, place.path("releases/amd64"));
		expect(await verify("releases/amd64")).toEqual({ code: 0, found: [] });
	});

	test("32-bit programs are warned of where the kernel may run them", async () => {
		const { code, found } = await verify("old.amd64.tgz");
		expect(found[0]).toMatch(/^warning: web\/root\.squashfs: .*CONFIG_COMPAT/);
		expect(code).toBe(0);
	});

	test("--allow-arch-mismatch only warns", async () => {
		const { code, found } = await verify("web.arm64v8.tgz", "--allow-arch-mismatch");
		expect(found[0]).toBe(MISMATCH("warning", "linux/arm64"));
		expect(code).toBe(0);
	});

	test("an image without a program is for all of them", async () => {
		expect(await verify("data.arm64v8.tgz")).toEqual({ code: 0, found: [] });
	});

	test("what an overlay hides does not count, what it brings does", async () => {
		expect((await verify("overlay.arm64v8.tgz")).code).toBe(5);
		expect(await verify("mended.arm64v8.tgz")).toEqual({ code: 0, found: [] });
	});
});

describe("without a label", () => {
	test("nothing is held against one container", async () => {
		expect(await verify("plain.tgz")).toEqual({ code: 0, found: [] });
	});

	test("two containers of architectures that no one device runs contradict each other", async () => {
		const { code, stdout } = await place.run(["verify", "two.tgz"]);
		expect(stdout).toMatch(
			/error: (web|db)\/root\.squashfs: its programs are for linux\/\w+, those of (web|db) for linux\/\w+: no device runs both \[ARCHITECTURE_CONTRADICTION\]/,
		);
		expect(code).toBe(5);
		expect((await place.run(["verify", "two.tgz", "--allow-arch-mismatch"])).code).toBe(0);
	});

	test("one device may run both", async () => {
		const { code, stdout } = await place.run(["verify", "related.tgz"]);
		expect(stdout).not.toContain("ARCHITECTURE");
		expect(code).toBe(0);
	});
});

describe("push", () => {
	let model: DeviceModel;
	beforeAll(async () => {
		model = await DeviceModel.start('{"#spec":"pantavisor-service-system@1"}');
	});
	afterAll(() => model.close());

	test("sends no package of another architecture than its name says", async () => {
		const { code, stderr } = await place.run(["push", model.url, "web.arm64v8.tgz"]);
		expect(stderr).toContain("check architecture: expected linux/arm64, got x86-64");
		expect(stderr).toContain("nothing was sent");
		expect(code).toBe(5);
		expect(model.server.lines).toEqual([]);
	});

	test("--allow-arch-mismatch and --arch lift it", async () => {
		for (const args of [["--allow-arch-mismatch"], ["--arch", "amd64"]]) {
			const push = ["push", model.url, "web.arm64v8.tgz", "--dry-run", ...args];
			const { code, stderr } = await place.run(push);
			expect(code, stderr).toBe(0);
		}
	});
});

describe.each(["post", "put"])("%s", (command) => {
	let model: DeviceModel;
	beforeAll(async () => {
		model = await DeviceModel.start('{"#spec":"pantavisor-service-system@1"}');
	});
	afterAll(() => model.close());

	test("sends no checkout of another architecture than releases/ARCH says", async () => {
		const directory = `${command}/releases/arm64v8`;
		await place.run(["checkout", "plain.tgz", directory]);
		const cwd = place.path(directory);
		const { code, stderr } = await place.run([command, model.url], { cwd });
		expect(stderr).toContain("check architecture: expected linux/arm64, got x86-64");
		expect([code, model.server.lines]).toEqual([5, []]);
		// The model has no such interface: what counts is that a request is made.
		await place.run([command, model.url, "--allow-arch-mismatch"], { cwd });
		expect(model.server.lines).not.toEqual([]);
	});

	test("sends no containers that no one device runs", async () => {
		await place.run(["checkout", "two.tgz", `${command}/two`]);
		const { code, stderr } = await place.run([command, model.url], { cwd: place.path(`${command}/two`) });
		expect([code, stderr]).toEqual([5, expect.stringContaining("no device runs both")]);
	});
});

describe("deploy", () => {
	test("lays no package of another architecture than its name says into a revision", async () => {
		const { code, stderr } = await place.run(["deploy", "trails/0", "web.arm64v8.tgz"]);
		expect(stderr).toContain("check architecture: expected linux/arm64, got x86-64");
		expect(stderr).toContain("nothing was deployed");
		expect(code).toBe(5);
		expect(existsSync(place.path("trails/0/web"))).toBe(false);
		const lifted = await place.run(["deploy", "trails/0", "web.arm64v8.tgz", "--allow-arch-mismatch"]);
		expect(lifted.code, lifted.stderr).toBe(0);
		expect(existsSync(place.path("trails/0/web/root.squashfs"))).toBe(true);
	});

	test("holds everything to --arch, and to the directory of a release", async () => {
		const chosen = await place.run(["deploy", "trails/1", "plain.tgz", "--arch", "arm64"]);
		expect([chosen.code, chosen.stderr]).toEqual([5, expect.stringContaining("expected linux/arm64")]);
		const named = await place.run(["deploy", "deploy/releases/arm64v8", "plain.tgz"]);
		expect([named.code, named.stderr]).toEqual([5, expect.stringContaining("expected linux/arm64")]);
	});

	test("checks every place before the first comes in", async () => {
		const { code } = await place.run(["deploy", "trails/3", "plain.tgz", "web.arm64v8.tgz"]);
		expect(code).toBe(5);
		expect(existsSync(place.path("trails/3"))).toBe(false);
	});

	test("puts no containers together that no one device runs", async () => {
		const { code, stderr } = await place.run(["deploy", "trails/2", "two.tgz"]);
		expect([code, stderr]).toEqual([5, expect.stringContaining("no device runs both")]);
	});
});
