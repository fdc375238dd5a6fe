import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { IN_THREADS, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const env = { ...IN_THREADS, PVPKG_TIER: "fast", BUILD_VERSION: "1" };

/** A project whose images lie in a layout, and how often its registry was asked for them. */
async function withProject(use: (place: Workplace, asked: () => number) => Promise<void>): Promise<void> {
	const registry = await TestRegistry.start();
	const place = new Workplace();
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
		await use(place, () => registry.calls.length);
	} finally {
		place.remove();
		await registry.close();
	}
}

const FROZEN = ["build", "--frozen", "--from", "images", "--no-cache"];

// docs/reproducible.md
needs("strace").test("a frozen build opens no socket, in any thread (strace)", () =>
	withProject(async (place, asked) => {
		const calls = asked();
		const wrapper = ["strace", "-f", "-e", "trace=execve,socket,connect", "-o", place.path("calls")];
		const { code, stderr } = await place.run(FROZEN, { env, wrapper });
		expect(code, stderr).toBe(0);
		const traced = readFileSync(place.path("calls"), "utf8");
		expect(traced).toContain("execve(");
		expect(traced).not.toMatch(/AF_INET|connect\(/);
		expect(asked()).toBe(calls);
	}),
);

needs("root", "network namespaces").test(
	"a frozen build needs no network interface, not even loopback (unshare)",
	() =>
		withProject(async (place) => {
			const wrapper = ["unshare", "-n"];
			const { code, stderr } = await place.run(FROZEN, { env, wrapper });
			expect(code, stderr).toBe(0);
			expect(readdirSync(place.path("releases")).filter((name) => name.endsWith(".tgz"))).toHaveLength(1);
			const online = await place.run(["build", "--no-cache", "--locked"], { env, wrapper });
			expect(online.code, online.stderr).toBe(6);
		}),
);
