import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CommandOptions, type CommandResult, Workplace } from "../support/command-line.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { tarball } from "../support/tar-builder.js";

let template: Workplace;
let place: Workplace;

beforeAll(async () => {
	template = new Workplace();
	mkdirSync(template.path("rootfs/bin"), { recursive: true });
	writeFileSync(template.path("rootfs/bin/run"), "#!/bin/sh\n");
	mkdirSync(template.path("device"));
	expect(await template.run(["init"], { cwd: template.path("device") })).toMatchObject({ code: 0 });
});
afterAll(() => template.remove());
beforeEach(() => {
	place = template.copy();
});
afterEach(() => place.remove());

function pvpkg(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
	return place.run(args, { cwd: place.path("device"), ...options });
}

async function done(...args: string[]): Promise<CommandResult> {
	const result = await pvpkg(args);
	expect(result).toMatchObject({ code: 0 });
	return result;
}

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects.
function json(path: string): any {
	return JSON.parse(readFileSync(place.path(`device/${path}`), "utf8"));
}

const add = [
	"app",
	"add",
	"os",
	"--type",
	"rootfs",
	"--from",
	"../rootfs",
	"--config",
	"Entrypoint=/bin/run",
];

describe("app update and app install", () => {
	test("update makes a root file system again, of what is at its place now", async () => {
		await done(...add, "--group", "app");
		const before = json("os/src.json");
		writeFileSync(place.path("rootfs/new"), "new");
		await done("app", "update", "os");
		expect(json("os/src.json")).toEqual({ ...before, rootfs_digest: expect.any(String) });
		expect(json("os/src.json").rootfs_digest).not.toBe(before.rootfs_digest);
	});

	test("update takes a root file system from another place, and changes settings", async () => {
		await done(...add, "--arg", "PV_DEBUG_MODE=1");
		mkdirSync(place.path("other"));
		await done(
			"app",
			"update",
			"os",
			"--from",
			"../other",
			"--unset-arg",
			"PV_DEBUG_MODE",
			"--arg",
			"PV_GROUP=app",
		);
		expect(json("os/src.json")).toMatchObject({ rootfs_url: "../other", args: { PV_GROUP: "app" } });
	});

	test("update takes a part out of its package again", async () => {
		await done(...add);
		await done("add");
		await done("commit");
		await done("app", "add", "copy", "--type", "pvr", "--from", "../device#os");
		await done("app", "install", "os", "--arg", "PV_GROUP=app");
		await done("add");
		await done("commit");
		await done("app", "update", "copy");
		expect(json("copy/src.json")).toMatchObject({ pvr: "../device#os", args: { PV_GROUP: "app" } });
	});

	test("install changes arguments and configuration, of any type, and removes them", async () => {
		await done(...add);
		writeFileSync(place.path("args.json"), '{"PV_ROLES":["mgmt"]}');
		await done("app", "install", "os", "--arg-json", "../args.json", "--config", "WorkingDir=/srv");
		expect(json("os/run.json").roles).toEqual(["mgmt"]);
		expect(readFileSync(place.path("device/os/lxc.container.conf"), "utf8")).toContain(
			"lxc.init.cwd = /srv\n",
		);
		await done("app", "install", "os", "--unset-arg", "PV_ROLES", "--unset-config", "WorkingDir");
		expect(json("os/run.json").roles).toBeUndefined();
		expect(readFileSync(place.path("device/os/lxc.container.conf"), "utf8")).not.toContain("lxc.init.cwd");
	});

	test("install takes a type, a runlevel and a source, as pvr does", async () => {
		await done(...add);
		await done("app", "install", "os", "--type", "rootfs", "--runlevel", "app", "-src", "local");
		expect(json("os/src.json")).toMatchObject({ args: { PV_RUNLEVEL: "app" }, docker_source: "local" });
	});
});

describe("members of run.json that no argument makes", () => {
	test("--run-json merges them, and src.json remembers them", async () => {
		const run = { "dev-log": true, network: { mode: "host" }, storage: { extra: { persistence: "boot" } } };
		writeFileSync(place.path("run.json"), JSON.stringify(run));
		await done(...add, "--run-json", "../run.json");
		const made = json("os/run.json");
		expect(made).toMatchObject({ "dev-log": true, network: { mode: "host" }, type: "lxc" });
		expect(Object.keys(made.storage).sort()).toEqual(["extra", "lxc-overlay"]);
		expect(json("os/src.json").run).toEqual(run);
		await done("app", "install", "os");
		expect(json("os/run.json")).toEqual(made);
	});

	test("what the container itself is cannot be merged, exit 3", async () => {
		writeFileSync(place.path("run.json"), '{"name":"other"}');
		const { code, stderr } = await pvpkg([...add, "--run-json", "../run.json"]);
		expect(code).toBe(3);
		expect(stderr).toMatch(/name is made from the container itself/);
	});

	test("a null removes a member", async () => {
		writeFileSync(place.path("run.json"), '{"volumes":null}');
		await done(...add, "--run-json", "../run.json");
		expect(json("os/run.json")).not.toHaveProperty("volumes");
	});
});

describe("pvr's words", () => {
	test("short flags: add -r, commit -c, init -o -s, app add -o, checkout -hl", async () => {
		mkdirSync(place.path("short"));
		const run = (...args: string[]) =>
			pvpkg(args, { cwd: place.path("short"), env: { PVR_OBJECTS_DIR: place.path("o") } });
		expect(await run("init", "-s", "pantavisor-multi-platform@1", "-o", "../o")).toMatchObject({ code: 0 });
		expect(
			await run("app", "add", "os", "-t", "rootfs", "--from", "../rootfs", "-o", "-comp gzip"),
		).toMatchObject({ code: 0 });
		writeFileSync(place.path("short/raw.json"), "{ }");
		expect(await run("add", "-r", "raw.json")).toMatchObject({ code: 0 });
		expect(await run("commit", "-c")).toMatchObject({ code: 0 });
		const state = JSON.parse(readFileSync(place.path("short/.pvr/json"), "utf8"));
		expect(state).toMatchObject({
			"#spec": "pantavisor-multi-platform@1",
			"checkpoint.json": { major: expect.any(String) },
			"raw.json": expect.stringMatching(/^[0-9a-f]{64}$/),
		});
		expect(await run("checkout", "-c", "-hl")).toMatchObject({ code: 0 });
		expect(await run("checkout", "--hl")).toMatchObject({ code: 0 });
	});

	test("flags before the command, and variables", async () => {
		expect(await pvpkg(["-d", "status"])).toMatchObject({ code: 0 });
		expect(await pvpkg(["--debug", "--disable-self-upgrade", "status"])).toMatchObject({ code: 0 });
		const env = { PVR_APP_FROM: "../rootfs" };
		expect(await pvpkg(["app", "add", "os", "--type", "rootfs"], { env })).toMatchObject({ code: 0 });
	});

	test("PVR_DEBUG is -v", async () => {
		const [loud, quiet] = [
			await pvpkg(["status"], { env: { PVR_DEBUG: "1" } }),
			await pvpkg(["status", "-v"]),
		];
		expect([loud.code, loud.stderr]).toEqual([0, quiet.stderr]);
		const wrong = ["clone", "http://127.0.0.1:1/x", "y", "--retries", "0"];
		const debug = await pvpkg(wrong, { env: { PVR_DEBUG: "1" } });
		expect(debug.stderr.length).toBeGreaterThan((await pvpkg(wrong)).stderr.length);
	});

	test("PVR_APP_UPDATE_PATCH lays an overlay over the image that is there, PVR_APP_UPDATE_PATCH_CLEAN makes a whole one", async () => {
		for (const version of ["1", "2"]) {
			const layout = new LayoutDirectory(place.path(`layout${version}`));
			const archive = tarball(
				{ path: "bin/", type: "5" },
				{ path: "bin/run", body: "#!/bin/sh\n", mode: 0o755 },
				{ path: "version", body: version },
			);
			const platform = { os: "linux", architecture: "arm64" };
			layout.tag(version, [layout.addImage(platform, [{ archive }], { Entrypoint: ["/bin/run"] })]);
		}
		const update = ["app", "update", "web", "--from", "oci:../layout2:2"];
		await done("app", "add", "web", "--from", "oci:../layout1:1", "-p", "linux/arm64");
		const root = () => readFileSync(place.path("device/web/root.squashfs"));
		const before = root();
		expect(await pvpkg(update, { env: { PVR_APP_UPDATE_PATCH: "1" } })).toMatchObject({ code: 0 });
		expect(root().equals(before)).toBe(true);
		expect(existsSync(place.path("device/web/root.ovl.squashfs"))).toBe(true);
		expect(await pvpkg(update, { env: { PVR_APP_UPDATE_PATCH_CLEAN: "1" } })).toMatchObject({ code: 0 });
		expect(root().equals(before)).toBe(false);
		expect(existsSync(place.path("device/web/root.ovl.squashfs"))).toBe(false);
	});

	test("PVR_HTTP_PROXY is the proxy for every address", async () => {
		const env = { PVR_HTTP_PROXY: "http://127.0.0.1:1" };
		const { code, stderr } = await pvpkg(["clone", "http://192.0.2.1/repo", "x", "--retries", "0"], { env });
		expect(code).toBe(6);
		expect(stderr).toContain("proxy 127.0.0.1:1");
	});

	test("import and checkout take a .pvr directory", async () => {
		await done(...add);
		await done("add");
		await done("commit");
		mkdirSync(place.path("mine"));
		const mine = (...args: string[]) => pvpkg(args, { cwd: place.path("mine") });
		await mine("init");
		expect(await mine("import", "../device/.pvr")).toMatchObject({ code: 0 });
		expect(await mine("checkout")).toMatchObject({ code: 0 });
		expect(existsSync(place.path("mine/os/root.squashfs"))).toBe(true);
		expect(await mine("checkout", "../device/.pvr", "../copy")).toMatchObject({ code: 0 });
		expect(existsSync(place.path("copy/os/root.squashfs"))).toBe(true);
	});

	test("a file that no device reads is warned of", async () => {
		writeFileSync(place.path("net.json"), "{}");
		const args = ["export", "dir:../rootfs", "os", "-p", "linux/arm64", "--no-sign", "-o", "../os.tgz"];
		const { stderr } = await pvpkg([...args, "--allow-arch-mismatch", "--file", "network.json=../net.json"]);
		expect(stderr).toMatch(/--file network\.json: no device reads a file of this name .*--run-json/);
	});
});
