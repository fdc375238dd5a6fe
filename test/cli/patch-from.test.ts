import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentBytes } from "../../src/ground/bytes/index.js";
import { applyOverlay } from "../../src/image/overlay/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { openPackage } from "../../src/pantavisor/package/index.js";
import { Workplace } from "../support/command-line.js";
import { noise } from "../support/inodes.js";
import { expectedListing } from "../support/kernel.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { treeOf } from "../support/squashfs-images.js";
import { tarball } from "../support/tar-builder.js";

const work = new Workplace();
afterAll(() => work.remove());

const ARM = { os: "linux", architecture: "arm64" } as const;

/** Images of one name: v2 and v3 change a small file of v1, v4 nearly all of it. */
beforeAll(() => {
	const layout = new LayoutDirectory(work.path("layouts/v1"));
	const versions = { v1: [1, "one"], v2: [1, "two"], v3: [1, "three"], v4: [2, "four"] } as const;
	for (const [name, [seed, text]] of Object.entries(versions)) {
		const archive = tarball(
			{ path: "bin/", type: "5" },
			{ path: "bin/app", body: "#!/bin/sh\n", mode: 0o755 },
			{ path: "data", body: noise(60_000, seed) },
			{ path: "version", body: text },
		);
		const place = name === "v1" ? layout : new LayoutDirectory(work.path(`layouts/${name}`));
		place.tag("app", [place.addImage(ARM, [{ archive }], { Entrypoint: ["/bin/app"] })]);
	}
});

const pvpkg = (...args: string[]) => work.run(args, { env: { PVPKG_TIER: "fast" } });

async function exported(version: string, output: string, ...more: string[]) {
	const result = await pvpkg("export", `oci:layouts/${version}:app`, "web", "-o", output, ...more);
	expect([result.code, result.stderr]).toEqual([0, expect.any(String)]);
	return result.stderr;
}

/** A listing without inode numbers and times, which an overlay may change. */
function listing(root: RootfsTree): string[] {
	const lines = expectedListing(root).map((line) => line.split(" "));
	return lines.map((words) => [...words.slice(0, 4), words[5], ...words.slice(7)].join(" "));
}

/** What is in a package: the hash of each squashfs, and the tree that a device shows. */
async function contents(path: string) {
	const opened = await openPackage(work.path(path), { temporaryDirectory: work.path("tmp") });
	try {
		const { state, objects } = opened;
		const image = (name: string) => {
			const content = objects.get(String(state.get(`web/${name}`)));
			return content && treeOf(contentBytes(content));
		};
		const [root, overlay] = [image("root.squashfs")!, image("root.ovl.squashfs")];
		return {
			root: state.get("web/root.squashfs"),
			overlay: state.get("web/root.ovl.squashfs"),
			shown: listing(overlay ? applyOverlay(root, overlay) : root),
		};
	} finally {
		opened.close();
	}
}

test("what differs little is an overlay over the object that devices have", async () => {
	await exported("v1", "v1.tgz");
	const said = await exported("v2", "v2.tgz", "--patch-from", "v1.tgz", "-v");
	expect(said).toMatch(/web: an overlay of \d+ bytes over \d+, [\d.]+ %: only the overlay is new/);
	await exported("v2", "whole.tgz");
	const [old, next, whole] = [
		await contents("v1.tgz"),
		await contents("v2.tgz"),
		await contents("whole.tgz"),
	];
	expect(next.root).toBe(old.root);
	expect(next.overlay).toBeDefined();
	expect(next.shown).toEqual(whole.shown);
	expect((await pvpkg("verify", "v2.tgz")).code).toBe(0);
	const { stdout } = await pvpkg("diff", "v1.tgz", "v2.tgz", "--json");
	expect(JSON.parse(stdout).platforms[0].ota.objects).toBeLessThan(6000);
});

test("a patched package is patched over its base again, never over its overlay", async () => {
	await exported("v3", "v3.tgz", "--patch-from", "v2.tgz");
	const [old, second, third] = [await contents("v1.tgz"), await contents("v2.tgz"), await contents("v3.tgz")];
	expect(third.root).toBe(old.root);
	expect(third.overlay).not.toBe(second.overlay);
	await exported("v3", "whole.tgz");
	expect(third.shown).toEqual((await contents("whole.tgz")).shown);
});

test("what differs much is made as a whole, and the numbers are said", async () => {
	const said = await exported("v4", "v4.tgz", "--patch-from", "v1.tgz", "-v");
	expect(said).toMatch(/more than 50 %: the image is made as a whole/);
	await exported("v4", "whole.tgz");
	expect(await contents("v4.tgz")).toEqual(await contents("whole.tgz"));
	await exported("v4", "v4.tgz", "--patch-from", "v1.tgz", "--patch-limit", "200");
	expect((await contents("v4.tgz")).overlay).toBeDefined();
});

test("the same image keeps the object, and needs no overlay", async () => {
	await exported("v1", "again.tgz", "--patch-from", "v1.tgz", "--tier", "best");
	expect(await contents("again.tgz")).toEqual(await contents("v1.tgz"));
});

test("build pairs packages by platform", async () => {
	cpSync(work.path("layouts"), work.path("project/layouts"), { recursive: true });
	const cwd = work.path("project");
	const env = { PVPKG_TIER: "fast", BUILD_VERSION: "1" };
	const run = async (...args: string[]) =>
		expect(await work.run(args, { cwd, env })).toMatchObject({ code: 0 });
	await run("install", "-p", "linux/arm64", "oci:layouts/v1:app", "web");
	await run("build");
	cpSync(work.path("project/releases"), work.path("project/old"), { recursive: true });
	await run("install", "-p", "linux/arm64", "oci:layouts/v2:app", "web", "--force");
	await run("build", "--patch-from", "old");
	const { stdout } = await work.run(["diff", "old", "releases", "--json"], { cwd });
	const [{ objects }] = JSON.parse(stdout).platforms;
	const changes = Object.fromEntries(
		objects.list.map(({ path, change }: Record<string, string>) => [path, change]),
	);
	expect(changes).toMatchObject({ "web/root.squashfs": "reused", "web/root.ovl.squashfs": "new" });
});

test("what cannot be patched over is named", async () => {
	const wrong = async (...args: string[]) => {
		const { code, stderr } = await pvpkg(
			"export",
			"oci:layouts/v2:app",
			"web",
			"-o",
			"no.tgz",
			"--as",
			"app:2",
			...args,
		);
		return `${code} ${stderr}`;
	};
	expect(await wrong("--patch-from", "gone.tgz")).toMatch(/^4 .*gone.tgz/);
	expect(await wrong("--patch-from", "v1.tgz", "--patch-limit", "much")).toMatch(
		/^2 .*--patch-limit: expected a percentage/,
	);
	const bytes = gunzipSync(readFileSync(work.path("v1.tgz")));
	bytes[bytes.indexOf("hsqs") + 200]! ^= 1;
	writeFileSync(work.path("damaged.tgz"), gzipSync(bytes));
	expect(await wrong("--patch-from", "damaged.tgz")).toMatch(
		/^3 .*web\/root\.squashfs: expected [0-9a-f]{64}, got/,
	);
	cpSync(work.path("v1.tgz"), work.path("v1.amd64.tgz"));
	expect(await wrong("--patch-from", "v1.amd64.tgz")).toMatch(/^3 .*expected a package for arm64v8/);
});
