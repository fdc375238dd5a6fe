import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// spec/hermetic.md 1.9, point 2
needs("strace").test("a frozen build opens no socket, in any thread (strace)", async () => {
	const registry = await TestRegistry.start();
	const place = new Workplace();
	const env = { PVPKG_TIER: "fast", BUILD_VERSION: "1" };
	const done = async (...args: string[]) => {
		const { code, stderr } = await place.run(args, { env });
		expect(code, stderr).toBe(0);
	};
	try {
		const platform = { os: "linux", architecture: "amd64" };
		const image = registry.addImage("team/app", platform, [tarball(file("etc/app", "x"))]);
		registry.addIndex("team/app", "1", [image]);
		await done("install", `${registry.host}/team/app:1`, "web", "-p", "linux/amd64");
		await done("lock");
		await done("fetch", "-o", "images");
		const calls = registry.calls.length;
		const wrapper = ["strace", "-f", "-e", "trace=execve,socket,connect", "-o", place.path("calls")];
		const args = ["build", "--frozen", "--from", "images", "--no-cache"];
		const { code, stderr } = await place.run(args, { env, wrapper });
		expect(code, stderr).toBe(0);
		const traced = readFileSync(place.path("calls"), "utf8");
		expect(traced).toContain("execve(");
		expect(traced).not.toMatch(/AF_INET|connect\(/);
		expect(registry.calls.length).toBe(calls);
	} finally {
		place.remove();
		await registry.close();
	}
});
