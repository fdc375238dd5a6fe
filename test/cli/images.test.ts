import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Descriptor } from "../../src/image/oci/index.js";
import { type CommandResult, Workplace } from "../support/command-line.js";
import { elfFile } from "../support/elf-file.js";
import { layoutFiles, sampleImage } from "../support/image-layout.js";
import { noise } from "../support/inodes.js";
import { answerBytes, TestRegistry } from "../support/registry.js";
import { BasicAuth } from "../support/registry-auth.js";
import { tarball } from "../support/tar-builder.js";
import { repeatMember, zipFile } from "../support/zip-file.js";

let place: Workplace;
let registry: TestRegistry;
/** Two layers, base first. */
const layers = ["base", "top"].map((name, at) => tarball({ path: name, body: noise(300_000, at + 1) }));
beforeEach(async () => {
	place = new Workplace();
	registry = await TestRegistry.start();
	registry.addImage("team/app", { os: "linux", architecture: "amd64" }, layers, "1");
});
afterEach(async () => {
	await registry.close();
	place.remove();
});

const image = (): string => `${registry.host}/team/app:1`;
const blob = (at: number): Descriptor => registry.addBlob(layers[at]!);

function pvpkg(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
	return place.run([...args, "--json"], { env: { PVPKG_TIER: "fast", ...env } });
}

function exporting(out: string, ...more: readonly string[]): string[] {
	return ["export", image(), "app", "-o", out, "--jobs", "0", "--no-sign", ...more];
}

async function done(args: readonly string[], env?: Readonly<Record<string, string>>) {
	const { code, stdout, stderr } = await pvpkg(args, env);
	expect(code, stderr).toBe(0);
	return JSON.parse(stdout);
}

async function refused(code: number, args: readonly string[], env?: Readonly<Record<string, string>>) {
	const result = await pvpkg(args, env);
	expect(result.code, result.stderr).toBe(code);
	return JSON.parse(result.stdout).error;
}

test("pull, then --offline: what is there is enough", async () => {
	await done(["pull", image()]);
	const calls = registry.calls.length;
	await done(exporting("one.tgz", "--offline"));
	expect(registry.calls).toHaveLength(calls);
	await done(["cache", "prune", "--all"]);
	expect([
		...readdirSync(place.path("cache/v2/blocks")),
		...readdirSync(place.path("cache/v2/blobs/sha256")),
	]).toEqual([]);
	const nothing = await refused(4, exporting("two.tgz", "--offline"));
	expect(nothing).toMatchObject({ code: "ERR_OFFLINE" });
	expect(nothing.message).toContain(registry.host);
	expect(registry.calls).toHaveLength(calls);
});

test("--offline names the blob that is missing", async () => {
	await done(["pull", image()]);
	rmSync(place.path(`cache/v2/blobs/${blob(1).digest.replace(":", "/")}`));
	const calls = registry.calls.length;
	const error = await refused(4, exporting("two.tgz", "--offline"));
	expect(error).toMatchObject({ code: "ERR_OFFLINE" });
	expect(error.message).toContain(blob(1).digest);
	expect(registry.calls).toHaveLength(calls);
	expect(readdirSync(place.directory)).not.toContain("two.tgz");
	await done(exporting("two.tgz"));
	expect(registry.paths(/blobs/).filter((path) => path.endsWith(blob(0).digest))).toHaveLength(1);
});

test.each([
	["export", ["export", "IMAGE", "app", "--no-sign"]],
	["pull", ["pull", "IMAGE"]],
])("%s does not start what the disk has no room for", async (_, args) => {
	const config = registry.addBlob(
		{ os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [blob(0).digest] } },
		"application/vnd.oci.image.config.v1+json",
	);
	const huge = { ...blob(0), size: 2 ** 52 };
	const mediaType = "application/vnd.oci.image.manifest.v1+json";
	registry.addManifest("team/huge", "1", { schemaVersion: 2, mediaType, config, layers: [huge] }, mediaType);
	const reference = `${registry.host}/team/huge:1`;
	const error = await refused(
		6,
		args.map((word) => (word === "IMAGE" ? reference : word)),
	);
	expect(error).toMatchObject({ code: "ERR_DISK_SPACE" });
	expect(registry.paths(/blobs/).filter((path) => path.endsWith(huge.digest))).toEqual([]);
});

test("cache prune --all beside a running export takes nothing from it", async () => {
	const expected = (await done(exporting("expected.tgz", "--no-cache"))).packages[0].sha256;
	let pruned: Promise<unknown> | undefined;
	registry.script(
		new RegExp(`GET .*${blob(1).digest}`),
		async (call, response) => {
			// The first layer is in the store, or on its way: this one waits until nothing is.
			pruned = done(["cache", "prune", "--all"]);
			await pruned;
			answerBytes(response, call, layers[1]!);
		},
		1,
	);
	const { packages } = await done(exporting("app.tgz"));
	expect(packages[0].sha256).toBe(expected);
	expect(pruned).toBeDefined();
	expect(await done(["cache", "verify"])).toMatchObject({ damaged: [] });
});

describe("credentials", () => {
	const auth = (password: string) =>
		JSON.stringify({
			auths: { [registry.host]: { auth: Buffer.from(`ci:${password}`).toString("base64") } },
		});
	beforeEach(() => {
		registry.auth = new BasicAuth({ ci: "right-password" });
	});

	test("of DOCKER_AUTH_CONFIG, as GitLab sets it", async () => {
		await done(exporting("app.tgz"), { DOCKER_AUTH_CONFIG: auth("right-password") });
	});

	interface Wrong {
		readonly config?: string;
		readonly flags?: readonly string[];
		readonly password?: string;
	}
	test.each([
		["none", {}],
		["wrong ones in DOCKER_AUTH_CONFIG", { config: "wrong-password" }],
		["wrong ones in flags", { flags: ["-u", "ci", "--password", "wrong-password"] }],
		["wrong ones in variables", { password: "wrong-password" }],
	] as [string, Wrong][])(
		"%s: refused at once, without the password",
		async (_, { config, flags = [], password }) => {
			const env = {
				...(config && { DOCKER_AUTH_CONFIG: auth(config) }),
				...(password && { PVR_REGISTRY_USERNAME: "ci", PVR_REGISTRY_PASSWORD: password }),
			};
			const { code, stdout, stderr } = await pvpkg([...exporting("app.tgz"), ...flags, "-v"], env);
			expect(code).toBe(4);
			expect(JSON.parse(stdout).error).toMatchObject({ code: "ERR_REGISTRY_UNAUTHORIZED" });
			expect(stdout + stderr).toContain(registry.host);
			expect(stdout + stderr).not.toMatch(/wrong-password|d3Jvbmct/);
			expect(registry.calls.length).toBeLessThan(6);
		},
	);

	test("that are not JSON: the variable is named, its text is not shown", async () => {
		const error = await refused(3, exporting("app.tgz"), { DOCKER_AUTH_CONFIG: '{"auths": secret' });
		expect(error.code).toBe("ERR_REGISTRY_CONFIG");
		expect(error.message).toContain("DOCKER_AUTH_CONFIG");
		expect(error.message).not.toContain("secret");
	});
});

test("amd64 programs in an arm64 image are refused, and taken when told to", async () => {
	const program = elfFile({ machine: 62, bits: 64 });
	registry.addImage(
		"team/app",
		{ os: "linux", architecture: "arm64" },
		[tarball({ path: "bin/app", body: program })],
		"1",
	);
	const error = await refused(3, exporting("app.tgz", "--config", "Entrypoint=/bin/app"));
	expect(error.code).toBe("ERR_BUILD_ARCHITECTURE");
	expect(error.message).toMatch(/^\/bin\/app: check architecture: expected linux\/arm64, got x86-64/);
	expect(readdirSync(place.directory)).not.toContain("app.tgz");
	await done(exporting("app.tgz", "--config", "Entrypoint=/bin/app", "--allow-arch-mismatch"));
});

describe("a blob whose bytes come out wrong", () => {
	const corrupt = (times: number): void =>
		registry.script(
			new RegExp(`GET .*${blob(1).digest}`),
			(call, response) => {
				const bytes = Buffer.from(layers[1]!);
				bytes[5000]! ^= 1;
				answerBytes(response, call, bytes);
			},
			times,
		);

	test.each([1, 2])("%i times in a row is fetched again", async (times) => {
		corrupt(times);
		await done(exporting("app.tgz"));
	});

	test.each([
		["with a cache", []],
		["without", ["--no-cache"]],
	] as [string, string[]][])(
		"every time is an error that names it, and nothing stays: %s",
		async (_, flags) => {
			corrupt(Number.POSITIVE_INFINITY);
			const error = await refused(3, exporting("app.tgz", ...flags));
			expect(error.message).toContain(blob(1).digest);
			expect(error.code).toBe("ERR_OBJECT_DIGEST");
			expect(registry.paths(new RegExp(blob(1).digest))).toHaveLength(3);
			expect(readdirSync(place.directory)).not.toContain("app.tgz");
			expect(readdirSync(place.path("tmp"))).toEqual([]);
			if (flags.length === 0) {
				const { blobs } = await done(["cache", "ls"]);
				expect(blobs.map(({ digest }: { digest: string }) => digest)).not.toContain(blob(1).digest);
				expect(readdirSync(place.path("cache/v2/partial"))).toEqual([]);
			}
		},
	);
});

test("a zip of 100,000 archives is refused in little memory, and one of them is read by its name", async () => {
	const zip = await zipFile({ "000000.tar": layers[0]! }, { stored: true });
	writeFileSync(place.path("many.zip"), repeatMember(zip, 100_000));
	// The heap is bounded; without a bound on entries this one takes ten times as much.
	const env = { NODE_OPTIONS: "--max-old-space-size=96" };
	const args = ["mksquashfs", "tar:many.zip", "out.squashfs"];
	expect(await refused(3, args, env)).toMatchObject({ code: "ERR_ARCHIVE_LIMIT" });
	await done(["mksquashfs", "tar:many.zip//099999.tar", "out.squashfs"], env);
});

describe("a layout of more manifests than a process may have open files", () => {
	const images = Array.from({ length: 200 }, (_, at) => sampleImage(`app ${at}`));
	const files = layoutFiles(
		images.map((image, at) => ({ image, annotations: { "org.opencontainers.image.ref.name": `v${at}` } })),
	);
	const few = ["sh", "-c", 'ulimit -n 100 && exec "$0" "$@"'];

	test.each(["directory", "zip"])("in a %s", async (kind) => {
		const path = `many.${kind}`;
		if (kind === "zip") writeFileSync(place.path(path), await zipFile(Object.fromEntries(files)));
		for (const [name, bytes] of kind === "zip" ? [] : files) {
			const file = place.path(`${path}/${name}`);
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, bytes);
		}
		const image = (tag: string) =>
			place.run(["mksquashfs", `oci:${path}${tag}`, "out.squashfs"], { wrapper: few });
		const { code, stderr } = await image("");
		expect([code, stderr]).toEqual([3, expect.stringMatching(/it has several images.*v0, v1, .* more$/m)]);
		expect((await image(":v199")).code).toBe(0);
	});
});

test("platforms that no device is of are left out, and told of, unless they are asked for", async () => {
	const windows = registry.addImage("team/app", { os: "windows", architecture: "amd64" }, layers, "w");
	const linux = registry.addImage("team/app", { os: "linux", architecture: "amd64" }, layers, "l");
	registry.addIndex("team/app", "1", [linux, windows, windows]);
	const { code, stdout, stderr } = await pvpkg(exporting("out/"));
	expect(code, stderr).toBe(0);
	expect(JSON.parse(stdout).packages).toMatchObject([{ platform: "linux/amd64" }]);
	expect(stderr.match(/windows\/amd64 is left out/g)).toHaveLength(1);
	await refused(3, exporting("out/", "-p", "windows/amd64"));
});
