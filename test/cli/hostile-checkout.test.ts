import { execFileSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// A checkout or project that somebody else made, as after `git clone`: it may hold any link.

let template: Workplace;
let place: Workplace;

beforeAll(async () => {
	template = new Workplace();
	mkdirSync(template.path("outside"));
	writeFileSync(template.path("outside/run.json"), "theirs");
	writeFileSync(template.path("rootfs.tar"), tarball(file("bin/app", "#!/bin/sh\n", { mode: 0o755 })));
	const args = ["export", "tar:rootfs.tar", "web", "-p", "linux/amd64", "--no-sign", "-o", "web.tgz"];
	for (const words of [args, ["checkout", "web.tgz", "checkout"]]) {
		expect(await template.run(words)).toMatchObject({ code: 0 });
	}
});
afterAll(() => template.remove());
beforeEach(() => {
	place = template.copy();
});
afterEach(() => place.remove());

/** Nothing outside was written, and the message names the link. */
async function expectRefusal(args: readonly string[], named: string, cwd = "checkout"): Promise<void> {
	const before = readdirSync(place.path("outside")).map((name) => [
		name,
		readFileSync(place.path(`outside/${name}`), "utf8"),
	]);
	const { code, stderr } = await place.run(args, { cwd: place.path(cwd) });
	expect(stderr).toContain(named);
	expect(code).toBe(3);
	const after = readdirSync(place.path("outside")).map((name) => [
		name,
		readFileSync(place.path(`outside/${name}`), "utf8"),
	]);
	expect(after).toEqual(before);
}

// A program that waits for whoever may write to a FIFO ends by the limit of the test alone.
describe("FIFOs in the place of files", () => {
	const mkfifo = (path: string): void => {
		rmSync(place.path(path), { force: true });
		execFileSync("mkfifo", [place.path(path)]);
	};

	test.each([
		[".pvr/json", ["status"]],
		[".pvr/config", ["add", "."]],
		["web/src.json", ["app", "ls"]],
	])("%s of a checkout: %j", async (path, args) => {
		mkfifo(`checkout/${path}`);
		await expectRefusal(args, `${path}: `);
	});

	test.each([
		["pvpkg.json", ["build", "--no-sign"]],
		["pvpkg.lock.json", ["lock", "--check"]],
		["pvpkg/amd64/web/src.json", ["lock"]],
	])("%s of a project: %j", async (path, args) => {
		mkdirSync(place.path("project/pvpkg/amd64/web"), { recursive: true });
		writeFileSync(place.path("project/pvpkg.json"), '{"#spec":"pvpkg/project@1"}');
		mkfifo(`project/${path}`);
		await expectRefusal(args, `${path}: read: expected a regular file, got a FIFO`, "project");
	});
});

describe("a checkout with links", () => {
	test("a directory that leads out: reset, commit, dm-convert", async () => {
		rmSync(place.path("checkout/web"), { recursive: true });
		symlinkSync("../outside", place.path("checkout/web"));
		await expectRefusal(["reset"], "web: open: is a symbolic link");
		await expectRefusal(["dm-convert", "web", "root.squashfs"], "web: open: is a symbolic link");
		await expectRefusal(["app", "rm", "web"], "web: open: is a symbolic link");
	});

	test("a file that leads out: add, commit, reset", async () => {
		rmSync(place.path("checkout/web/run.json"));
		symlinkSync("../../outside/run.json", place.path("checkout/web/run.json"));
		for (const args of [["add", "."], ["commit"], ["status"], ["reset"]]) {
			await expectRefusal(args, "web/run.json: open: is a symbolic link");
		}
	});

	test(".pvr and its directories: import, reset, status", async () => {
		renameSync(place.path("checkout/.pvr/objects"), place.path("objects"));
		symlinkSync("../../objects", place.path("checkout/.pvr/objects"));
		await expectRefusal(["import", "../web.tgz"], ".pvr/objects: open: is a symbolic link");
		renameSync(place.path("checkout/.pvr"), place.path("pvr"));
		symlinkSync("../pvr", place.path("checkout/.pvr"));
		for (const args of [["status"], ["import", "../web.tgz"]]) {
			await expectRefusal(args, ".pvr: open: is a symbolic link");
		}
		await expectRefusal(
			["checkout", "web.tgz", "checkout", "--force"],
			".pvr: open: is a symbolic link",
			".",
		);
	});

	test("an ObjectsDir outside is refused unless it is asked for", async () => {
		const config = place.path("checkout/.pvr/config");
		for (const outside of ["../outside", place.path("outside"), ".pvr/objects/../../../outside"]) {
			writeFileSync(config, JSON.stringify({ ObjectsDir: outside }));
			await expectRefusal(["import", "../web.tgz"], "ObjectsDir");
			await expectRefusal(["import", "../web.tgz", "--objects-dir", "../elsewhere"], "ObjectsDir");
		}
		const allowed = ["import", "../web.tgz", "--objects-dir", "../outside"];
		const result = await place.run(allowed, { cwd: place.path("checkout") });
		expect(result).toMatchObject({ code: 0 });
		expect(readdirSync(place.path("outside")).length).toBeGreaterThan(1);
	});

	test("an ObjectsDir in pvr's own store, or in PVR_OBJECTS_DIR, is the user's", async () => {
		const store = place.path(".pvr/objects");
		writeFileSync(place.path("checkout/.pvr/config"), JSON.stringify({ ObjectsDir: store }));
		const cwd = place.path("checkout");
		expect(await place.run(["import", "../web.tgz"], { cwd })).toMatchObject({ code: 0 });
		expect(existsSync(store)).toBe(true);
		writeFileSync(place.path("checkout/.pvr/config"), JSON.stringify({ ObjectsDir: place.path("mine") }));
		const env = { PVR_OBJECTS_DIR: place.path("mine") };
		expect(await place.run(["import", "../web.tgz"], { cwd, env })).toMatchObject({ code: 0 });
	});
});

describe("a project with links", () => {
	beforeEach(() => {
		mkdirSync(place.path("project/pvpkg/amd64/web"), { recursive: true });
		writeFileSync(place.path("project/pvpkg.json"), '{"name":"web","version":"v1"}');
	});
	const build = ["build", "--no-sign", "--build-version", "1"];

	test("releases, or what build replaces in it", async () => {
		const install = ["install", "-p", "linux/amd64", "tar:../rootfs.tar", "web"];
		expect(await place.run(install, { cwd: place.path("project") })).toMatchObject({ code: 0 });
		symlinkSync("../outside", place.path("project/releases"));
		await expectRefusal(build, "releases: open: is a symbolic link", "project");
		rmSync(place.path("project/releases"));
		mkdirSync(place.path("project/releases"));
		symlinkSync("../../outside", place.path("project/releases/amd64"));
		await expectRefusal(build, "releases/amd64: open: is a symbolic link", "project");
	});

	test("pvpkg and the files of containers", async () => {
		const install = ["install", "-p", "linux/amd64", "tar:../rootfs.tar", "web"];
		expect(await place.run(install, { cwd: place.path("project") })).toMatchObject({ code: 0 });
		symlinkSync("../../../../outside/run.json", place.path("project/pvpkg/amd64/web/secret"));
		await expectRefusal(build, "web/secret: open: is a symbolic link", "project");
		rmSync(place.path("project/pvpkg"), { recursive: true });
		symlinkSync("../outside", place.path("project/pvpkg"));
		await expectRefusal(build, "pvpkg: open: is a symbolic link", "project");
		await expectRefusal(install, "pvpkg: open: is a symbolic link", "project");
	});
});
