import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { dockerEngine } from "../support/docker-engine.js";
import { answerError, TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// Where images are looked for, and what is said of the settings that stand beside them.

let place: Workplace;
let registry: TestRegistry;
const servers: Server[] = [];
beforeEach(async () => {
	place = new Workplace();
	registry = await TestRegistry.start();
});
afterEach(async () => {
	for (const server of servers.splice(0)) server.close();
	await registry.close();
	place.remove();
});

const amd64 = { os: "linux", architecture: "amd64" };
const layer = tarball(file("bin/app", "#!/bin/sh\n", { mode: 0o755 }));
const publish = (platform = amd64): string => {
	registry.addIndex("app", "1", [registry.addImage("app", platform, [layer])]);
	return `${registry.host}/app:1`;
};
const run = (args: readonly string[], env: Record<string, string> = {}) =>
	place.run(args, { env: { PVPKG_TIER: "fast", ...env } });
const build = ["build", "--no-sign", "--build-version", "1"];

/** A docker daemon that has no image; returns its address, and what it is asked. */
async function emptyDaemon(): Promise<{ host: string; asked: string[] }> {
	const asked: string[] = [];
	const engine = dockerEngine({ name: "none", id: "", archive: new Uint8Array() }, (line) =>
		asked.push(line),
	);
	const server = createServer(engine);
	servers.push(server);
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	return { host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function editSource(path: string, change: (source: Record<string, unknown>) => void): void {
	const source = JSON.parse(readFileSync(place.path(path), "utf8"));
	change(source);
	writeFileSync(place.path(path), JSON.stringify(source));
}

describe("an image that no place has", () => {
	test.each([
		["403", 403, 4],
		["404", 404, 4],
		["500", 500, 6],
	])("build says what the registry answered, %s, and exits as for the registry", async (_, status, code) => {
		const image = publish();
		expect((await run(["install", "-p", "amd64", image, "web"])).code).toBe(0);
		registry.script(/manifests/, (_call, response) =>
			answerError(response, status, "TROUBLE", "of the test"),
		);
		const built = await run([...build, "--retries", "0", "--no-cache", "--json"]);
		const { message } = JSON.parse(built.stdout).error;
		expect(message).toMatch(new RegExp(`${registry.host}/v2/app/manifests/\\S+ answered ${status}`));
		expect(built.code).toBe(code);
	});

	test("each place is asked once, and both are listed", async () => {
		const daemon = await emptyDaemon();
		const image = `${registry.host}/none:1`;
		const args = ["export", image, "web", "-p", "amd64", "--no-sign", "--source", "local,remote"];
		const { code, stderr } = await run(args, { DOCKER_HOST: daemon.host });
		expect(new Set(daemon.asked).size).toBe(daemon.asked.length);
		expect(stderr).toContain("answered 404");
		expect(stderr).toContain("No such image");
		expect(code).toBe(4);
	});
});

test("app install without docker_config asks for the manifest and the configuration once", async () => {
	const image = publish();
	expect((await run(["init"])).code).toBe(0);
	expect((await run(["app", "add", "web", "--from", image, "--platform", "linux/amd64"])).code).toBe(0);
	editSource("web/src.json", (source) => delete source.docker_config);
	rmSync(place.path("web/root.squashfs"));
	registry.calls.length = 0;
	const { code, stderr } = await run(["app", "install", "web", "--no-cache"]);
	expect(code, stderr).toBe(0);
	const asked = registry.paths(/manifests\/|blobs\//);
	expect(new Set(asked).size).toBe(asked.length);
});

describe("settings without effect", () => {
	const mistyped = (source: Record<string, unknown>): void => {
		Object.assign(source, { docker_plaform: "x", persistance: {}, args: { PV_GROPU: "app" } });
	};
	const expectAll = (stderr: string): void => {
		for (const [wrong, right] of [
			["docker_plaform", "docker_platform"],
			["persistance", "persistence"],
			["PV_GROPU", "PV_GROUP"],
		] as const) {
			expect(stderr).toMatch(new RegExp(`${wrong}.*${right}`));
		}
	};

	test("are reported by build", async () => {
		await run(["install", "-p", "amd64", publish(), "web"]);
		editSource("pvpkg/amd64/web/src.json", mistyped);
		const { code, stderr } = await run(build);
		expectAll(stderr);
		expect(code).toBe(0);
	});

	test("are a template that is not the one that is used, too", async () => {
		await run(["install", "-p", "amd64", publish(), "web"]);
		editSource("pvpkg/amd64/web/src.json", (source) => {
			source.template = "builtin-lxc-dokcer";
		});
		const { stderr } = await run(build);
		expect(stderr).toContain("template: expected builtin-lxc-docker");
	});

	test("are reported by app update, and what liblxc refuses is reported by app add as verify does", async () => {
		const image = publish();
		await run(["init"]);
		const add = ["app", "add", "web", "--from", image, "--platform", "linux/amd64"];
		const added = await run([...add, "--arg", "PV_LXC_EXTRA_CONF=lxc.utsname = web"]);
		expect(added.stderr).toContain("liblxc knows no key lxc.utsname");
		editSource("web/src.json", mistyped);
		expectAll((await run(["app", "update", "web"])).stderr);
	});
});

test("PVR_APP_ADD_BASE counts for app add alone: export neither minds it nor offers --base", async () => {
	const image = publish();
	const args = ["export", image, "web", "-p", "amd64", "--no-sign", "-o", "web.tgz"];
	const { code, stderr } = await run(args, { PVR_APP_ADD_BASE: "os" });
	expect(code, stderr).toBe(0);
	expect((await run(["export", "--help"])).stdout).not.toContain("--base ");
});

test("build does not warn of a variant that install chose exactly", async () => {
	// As many images of arm/v6 are: the index knows the variant, the configuration does not.
	const { platform: _, ...entry } = registry.addImage("app", { os: "linux", architecture: "arm" }, [layer]);
	const v6 = { os: "linux", architecture: "arm", variant: "v6" };
	registry.addIndex("app", "1", [{ ...entry, platform: v6 }]);
	await run(["install", "-p", "linux/arm/v6", `${registry.host}/app:1`, "web"]);
	const { code, stderr } = await run(build);
	expect(code, stderr).toBe(0);
	const said = stderr.split("\n").filter((line) => /^(warning|note): /.test(line));
	expect(said.filter((line) => !line.includes("find entrypoint"))).toEqual([]);
});

test("a directory that git calls dubious is refused with git's own reason", async () => {
	mkdirSync(place.path("bin"));
	const reason = "fatal: detected dubious ownership in repository at 'here'";
	writeFileSync(place.path("bin/git"), `#!/bin/sh\necho "${reason}" >&2\nexit 128\n`, { mode: 0o755 });
	await run(["install", "-p", "amd64", publish(), "web"]);
	const path = `${place.path("bin")}:${process.env.PATH}`;
	const { code, stderr } = await run(["build", "--no-sign"], { PATH: path });
	expect([code, stderr]).toEqual([3, expect.stringContaining("dubious ownership")]);
});
