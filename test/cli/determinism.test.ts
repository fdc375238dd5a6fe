import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { type CommandOptions, demoImage, IN_THREADS, serveDemo, Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";

const HOST = "registry.demo.example";
let registry: DemoRegistry;
let place: Workplace;
let first: Workplace;
let reference: string[];
beforeAll(async () => {
	registry = await serveDemo(demoImage(1));
	first = new Workplace();
	reference = await exportAll(first);
}, 600_000);
afterAll(async () => {
	first.remove();
	await registry.close();
});
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

/** Hashes of the packages of all six platforms. */
async function exportAll(
	where: Workplace,
	options: CommandOptions = {},
	...more: string[]
): Promise<string[]> {
	const mirror = ["--mirror", `${HOST}=${registry.host}`];
	const out = where.path("out/");
	const args = ["export", `${HOST}/demo/app:1.0`, "web", "-o", out, ...mirror, ...more];
	const { code, stderr } = await where.run(args, { ...options, env: { ...IN_THREADS, ...options.env } });
	if (code !== 0) throw new Error(stderr);
	return readdirSync(out)
		.sort()
		.map(
			(name) =>
				`${name} ${createHash("sha256")
					.update(readFileSync(join(out, name)))
					.digest("hex")}`,
		);
}

describe("the same bytes", () => {
	test.each([
		["with no worker", ["--jobs", "0"]],
		["with one worker", ["--jobs", "1"]],
		["with three workers", ["--jobs", "3"]],
		["without a cache", ["--no-cache"]],
	])("%s", async (_, more) => {
		expect(await exportAll(place, {}, ...more)).toEqual(reference);
	});

	test("with another umask, zone, locale and no home", async () => {
		const env = { TZ: "Asia/Kolkata", LC_ALL: "tr_TR.UTF-8", HOME: undefined };
		const wrapper = ["sh", "-c", 'umask 077; exec "$@"', "sh"];
		expect(await exportAll(place, { env, wrapper })).toEqual(reference);
	});

	test("from the cache, where nothing is made again", async () => {
		const { stderr } = await first.run([
			"export",
			`${HOST}/demo/app:1.0`,
			"web",
			"-o",
			"again/",
			"--offline",
		]);
		expect(stderr.match(/: root\.squashfs: from cache$/gm)).toHaveLength(6);
		expect(stderr).not.toContain("compress");
	});

	needs("root", "setpriv").test("as a plain user with a home that is read-only (root)", async () => {
		mkdirSync(place.path("home"), { mode: 0o555 });
		for (const path of [place.directory, place.path("tmp")]) chmodSync(path, 0o777);
		chmodSync(place.path("key.pem"), 0o644);
		const wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
		const env = { HOME: place.path("home"), PVPKG_CACHE_DIR: undefined };
		expect(await exportAll(place, { env, wrapper })).toEqual(reference);
		expect(readdirSync(place.path("tmp"))).toEqual([]);
	});
});
