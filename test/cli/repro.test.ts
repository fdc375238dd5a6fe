import { generateKeyPairSync } from "node:crypto";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const PLATFORMS = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm", variant: "v7" },
];
const AMD64 = "releases/p-1-1.amd64.tgz";
const ARM = "releases/p-1-1.arm32v7.tgz";

let registry: TestRegistry;
let place: Workplace;
/** A project that is locked and built, signed by a key whose signatures are random; commands after it have no key. */
beforeAll(async () => {
	registry = await TestRegistry.start();
	place = new Workplace();
	publish("first");
	const image = `${registry.host}/team/app:1`;
	await done("install", image, "web", "-p", "linux/amd64,linux/arm/v7", "--arg", "PV_GROUP=app");
	await done("lock");
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	writeFileSync(place.path("random.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
	await done("build", "--key", "random.pem");
	for (const [at, path] of [AMD64, ARM].entries())
		copyFileSync(place.path(path), place.path(`kept-${at}.tgz`));
	// What the tag means by now is not what was built.
	publish("second");
});
afterAll(async () => {
	place.remove();
	await registry.close();
});

function publish(content: string): void {
	const images = PLATFORMS.map((platform) => {
		const text = `${content} of ${platform.architecture}`;
		const files = Array.from({ length: 30 }, (_, i) => file(`etc/app${i}`, text));
		return registry.addImage("team/app", platform, [tarball(...files)]);
	});
	registry.addIndex("team/app", "1", images);
}

async function run(...args: string[]) {
	const env = { PVPKG_TIER: "fast", BUILD_VERSION: "1", PACKAGE_NAME: "p", PACKAGE_VERSION: "1" };
	const result = await place.run(args, { env: { ...env, PVR_SIG_KEY: undefined } });
	return { ...result, stdout: Buffer.from(result.stdout, "latin1").toString() };
}

async function done(...args: string[]): Promise<string> {
	const { code, stdout, stderr } = await run(...args);
	expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
	return stdout;
}

/** Packs a package again with its last object changed, under the same gzip header. */
function damage(path: string, target: string): void {
	const packed = readFileSync(place.path(path));
	const bytes = gunzipSync(packed);
	const at = bytes.indexOf("hsqs") + 100;
	bytes[at]! ^= 0xff;
	const again = gzipSync(bytes);
	packed.copy(again, 0, 0, 10);
	writeFileSync(place.path(target), again);
}

describe("repro", () => {
	test("builds what the lock says, without key and cache, and writes nothing", async () => {
		rmSync(place.path("cache"), { recursive: true });
		const before = readdirSync(place.directory, { recursive: true }).sort();
		expect(await done("repro")).toBe(`amd64: ${AMD64}: equal\narm32v7: ${ARM}: equal\n`);
		expect(readdirSync(place.directory, { recursive: true }).sort()).toEqual(before);
		expect(existsSync(place.path("cache"))).toBe(false);
	});

	test("takes architectures, packages, and directories of packages", async () => {
		expect(await done("repro", "linux/arm/v7", "--with-cache")).toBe(`arm32v7: ${ARM}: equal\n`);
		expect(existsSync(place.path("cache"))).toBe(true);
		// Its name does not say the platform.
		expect(await done("repro", "kept-1.tgz")).toBe("arm32v7: kept-1.tgz: equal\n");
		mkdirSync(place.path("download"), { recursive: true });
		copyFileSync(place.path("kept-0.tgz"), place.path("download/web.amd64.tgz"));
		expect(await done("repro", "download")).toBe("amd64: download/web.amd64.tgz: equal\n");
	});

	test("needs no network where a layout has the images", async () => {
		await done("fetch", "-o", "images");
		const asked = registry.calls.length;
		expect(await done("repro", "--frozen", "--from", "images", "amd64")).toBe(`amd64: ${AMD64}: equal\n`);
		expect(registry.calls.length).toBe(asked);
	});

	test("goes on after a platform that differs", async () => {
		damage("kept-0.tgz", AMD64);
		const { code, stdout, stderr } = await run("repro");
		expect(code).toBe(5);
		expect(stdout.split("\n")).toEqual([
			`amd64: ${AMD64}: differs (the package ≠ built again)`,
			expect.stringMatching(/^ {2}web\/root\.squashfs: one of the two is damaged, from byte 100: \w+ ≠ \w+$/),
			`arm32v7: ${ARM}: equal`,
			"",
		]);
		expect(stderr).toContain(`${AMD64}: reproduce: built again, it differs`);
		const document = JSON.parse((await run("repro", "--json")).stdout);
		expect(document).toMatchObject({
			spec: "pvpkg/repro@1",
			ok: false,
			error: { code: "ERR_VERIFICATION" },
			packages: [
				{ label: "amd64", equal: false, differences: [{ level: "object", subject: "web/root.squashfs" }] },
				{ label: "arm32v7", path: ARM, equal: true, differences: [] },
			],
		});
		copyFileSync(place.path("kept-0.tgz"), place.path(AMD64));
	});

	test("names options that are others", async () => {
		const path = place.path("pvpkg/amd64/web/src.json");
		const text = readFileSync(path, "utf8");
		const source = JSON.parse(text);
		writeFileSync(path, JSON.stringify({ ...source, format_options: "-comp zstd" }));
		const { code, stdout } = await run("repro");
		writeFileSync(path, text);
		expect(code).toBe(5);
		expect(stdout).toContain("  web/src.json: format_options");
		expect(stdout).toContain("  web/root.squashfs: superblock: compression xz ≠ zstd\n");
		expect(stdout).toContain(`arm32v7: ${ARM}: equal\n`);
	});

	test("names engine and options first, where the lock records how the package was made", async () => {
		const path = place.path("pvpkg.lock.json");
		const before = readFileSync(path, "utf8");
		const sha256 = JSON.parse(await done("lock", "--outputs", "--json")).outputs[0].sha256;
		const { outputs } = JSON.parse(readFileSync(path, "utf8"));
		expect(Object.keys(outputs)).toEqual(["amd64", "arm32v7"]);
		expect(outputs.amd64).toMatchObject({ options: { tier: "fast", time: 0 }, package: { sha256 } });
		const recorded = readFileSync(path, "utf8");
		await done("lock", "--outputs");
		expect(readFileSync(path, "utf8")).toBe(recorded);
		expect((await run("repro", "amd64")).stderr).toMatch(
			/built again with pvpkg \S+, engine [0-9a-f]{12}, .*tier "fast"/,
		);
		const engine = outputs.amd64.engine;
		writeFileSync(path, recorded.replaceAll(engine, "0".repeat(64)));
		const { code, stdout } = await run("repro", "amd64", "--align", "4096");
		expect(code).toBe(5);
		expect(stdout.split("\n").slice(1, 4)).toEqual([
			`  inputs: engine ${"0".repeat(64)} ≠ ${engine}`,
			'  inputs: option alignment none ≠ {"minimum":0,"multiple":4096}',
			expect.stringContaining("web/root.squashfs: "),
		]);
		writeFileSync(path, before);
	});

	test("compares with the record of the lock where there is no package", async () => {
		const path = place.path("pvpkg.lock.json");
		const before = readFileSync(path, "utf8");
		await done("lock", "--outputs");
		renameSync(place.path(AMD64), place.path("away.tgz"));
		expect(await done("repro", "amd64")).toBe("amd64: pvpkg.lock.json: equal\n");
		const { code, stdout } = await run("repro", "amd64", "--order", "tree", "--align", "4096");
		expect(code).toBe(5);
		expect(stdout).toContain('  inputs: option order "similar" ≠ "tree"\n');
		expect(stdout).toContain("  web/root.squashfs: sha256 ");
		renameSync(place.path("away.tgz"), place.path(AMD64));
		writeFileSync(path, before);
	});

	test("needs a lock, and one package for a platform", async () => {
		const lock = readFileSync(place.path("pvpkg.lock.json"));
		rmSync(place.path("pvpkg.lock.json"));
		const unlocked = await run("repro");
		writeFileSync(place.path("pvpkg.lock.json"), lock);
		expect(unlocked.code).toBe(4);
		expect(unlocked.stderr).toContain('not there ("pvpkg lock" makes it)');
		copyFileSync(place.path(AMD64), place.path("releases/p-1-0.amd64.tgz"));
		const twice = await run("repro", "amd64");
		rmSync(place.path("releases/p-1-0.amd64.tgz"));
		expect(twice.code).toBe(3);
		expect(twice.stderr).toContain("expected a package for amd64, got releases/p-1-0.amd64.tgz and");
		const missing = await run("repro", "riscv64");
		expect(missing.code).toBe(3);
		expect(missing.stderr).toContain("expected a package for riscv64, got none");
		expect((await run("repro", "releases/amd64")).code).toBe(3);
		expect((await run("repro", "amd64", AMD64)).code).toBe(2);
	});
});

describe("repro --compare", () => {
	test("of equal packages prints one line", async () => {
		expect(await done("repro", "--compare", AMD64, "kept-0.tgz")).toBe(`${AMD64}, kept-0.tgz: equal\n`);
	});

	test("prints the first differences of others, and has all in the document", async () => {
		const { code, stdout } = await run("repro", "--compare", AMD64, ARM);
		expect(code).toBe(5);
		expect(stdout).toContain(`${AMD64}, ${ARM}: differs (${AMD64} ≠ ${ARM})\n`);
		expect(stdout).toContain('  web/src.json: docker_platform "linux/amd64" ≠ "linux/arm/v7"\n');
		expect(stdout).toMatch(/\n {2}and \d+ more \(--json has them\)\n$/);
		expect(stdout.trimEnd().split("\n")).toHaveLength(22);
		const { ok, differences } = JSON.parse((await run("repro", "--compare", AMD64, ARM, "--json")).stdout);
		expect(ok).toBe(false);
		expect(differences).toContainEqual(
			expect.objectContaining({ level: "image", subject: "web/root.squashfs: etc/app9" }),
		);
	});

	test("takes two packages", async () => {
		expect((await run("repro", "--compare", AMD64)).code).toBe(2);
		expect((await run("repro", "--compare", AMD64, ARM, AMD64)).code).toBe(2);
		expect((await run("repro", "--compare", AMD64, "gone.tgz")).code).toBe(4);
	});
});
