import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Platform } from "../../src/image/oci/index.js";
import { type CommandResult, Workplace } from "../support/command-line.js";
import { armAttributes, elfFile } from "../support/elf-file.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";

let place: Workplace;
let registry: TestRegistry;
beforeEach(async () => {
	place = new Workplace();
	registry = await TestRegistry.start();
	mkdirSync(place.path("out"));
});
afterEach(async () => {
	await registry.close();
	place.remove();
});

/** An index `app:1` whose entries hold a file that is named after their place in it. */
function publish(...platforms: Platform[]): string {
	const entries = platforms.map((platform, at) =>
		registry.addImage("app", platform, [tarball({ path: `file-${at}` })]),
	);
	registry.addIndex("app", "1", entries);
	return `${registry.host}/app:1`;
}

function pvpkg(...args: string[]): Promise<CommandResult> {
	return place.run(args, { env: { PVPKG_TIER: "fast" } });
}

const linux = (architecture: string, variant?: string): Platform =>
	variant === undefined ? { os: "linux", architecture } : { os: "linux", architecture, variant };

async function digestOf(text: string, ...args: string[]): Promise<string> {
	const { code, stdout, stderr } = await pvpkg(
		"export",
		text,
		"app",
		"-o",
		"out/",
		"--no-sign",
		"--json",
		...args,
	);
	expect(code, stderr).toBe(0);
	const { packages } = JSON.parse(stdout);
	expect(packages).toHaveLength(1);
	return packages[0].digest;
}

test.each([
	["arm64v8", linux("arm64"), linux("arm64", "v8")],
	["arm64v8", linux("arm64", "v8"), linux("arm64")],
	["arm64v8", linux("aarch64"), linux("arm64", "8")],
	["arm32v6", linux("arm"), linux("arm", "v6")],
	["amd64", linux("amd64", "v1"), linux("x86_64")],
])(
	"two entries of an index that are for the same devices make one package, %s, of the first",
	async (label, ...platforms) => {
		const image = publish(...platforms);
		const { code, stderr } = await pvpkg("export", image, "app", "-o", "out/", "--no-sign");
		expect(stderr).toContain("is for the same devices as");
		expect(code, stderr).toBe(0);
		expect(readdirSync(place.path("out"))).toEqual([`app.${label}.tgz`]);
		const second = registry.paths(/manifests\/sha256/);
		expect(second).toHaveLength(1);
		const listing = await pvpkg("inspect", `out/app.${label}.tgz`, "--json");
		expect(listing.code).toBe(0);
		expect(second[0]).toContain((await digestOf(image)).slice("sha256:".length, 20));
	},
);

test("a platform is one in every spelling", async () => {
	const image = publish(linux("arm64"), linux("arm64", "v8"), linux("amd64"));
	const spellings = ["linux/arm64", "linux/arm64/v8", "arm64", "aarch64", "arm64v8", "Linux/ARM64/8"];
	const digests = new Set<string>();
	for (const spelling of spellings) digests.add(await digestOf(image, "-p", spelling));
	expect(digests.size).toBe(1);
	const twice = await pvpkg("export", image, "app", "-o", "out/", "-p", "arm64,linux/arm64/v8");
	expect(twice.code).toBe(2);
});

test("build takes every spelling of a label, and refuses sources under a name that is none", async () => {
	const image = publish(linux("arm64"));
	expect((await pvpkg("install", "-p", "arm64", image, "app")).code).toBe(0);
	const built = await pvpkg("build", "aarch64", "--build-version", "1", "--no-sign");
	expect(built.code, built.stderr).toBe(0);
	expect(existsSync(place.path("releases/arm64v8"))).toBe(true);
	mkdirSync(place.path("pvpkg/notes"));
	renameSync(place.path("pvpkg/arm64v8"), place.path("pvpkg/arm64"));
	const refused = await pvpkg("build", "--build-version", "1", "--no-sign");
	expect(refused.stderr).toContain("pvpkg/arm64: label: unknown architecture, rename it to arm64v8");
	expect(refused.code).toBe(3);
});

test("install replaces a src.json with hand edits by force only", async () => {
	const image = publish(linux("arm64"), linux("amd64"));
	expect((await pvpkg("install", "-p", "arm64", image, "app", "--group", "app")).code).toBe(0);
	const path = place.path("pvpkg/arm64v8/app/src.json");
	const edited = readFileSync(path, "utf8").replace("{", '{ "args": { "PV_ROLES": ["mgmt"] },');
	writeFileSync(path, edited);
	const calls = registry.calls.length;
	const refused = await pvpkg("install", "-p", "amd64,arm64", image, "app");
	expect(refused.stderr).toContain("pvpkg/arm64v8/app/src.json: record: already exists (--force replaces it");
	expect(refused.code).toBe(3);
	expect(registry.calls).toHaveLength(calls);
	expect(readFileSync(path, "utf8")).toBe(edited);
	expect(readdirSync(place.path("pvpkg"))).toEqual(["arm64v8"]);
	expect((await pvpkg("install", "-p", "amd64,arm64", image, "app", "--force")).code).toBe(0);
	expect(readFileSync(path, "utf8")).not.toBe(edited);
});

test("an architecture with control characters is shown without them", async () => {
	const image = publish(linux("amd64\n\u001b[31mforged: line"), linux("arm64"));
	const { code, stderr } = await pvpkg("export", image, "app", "-o", "out/", "-p", "riscv64");
	expect(code).toBe(4);
	expect(stderr.trimEnd().split("\n")).toHaveLength(1);
	expect(stderr).toContain("amd64\\x0a\\x1b[31mforged: line");
});

describe("what a label's devices run", () => {
	const programs: Readonly<Record<string, Buffer>> = {
		amd64: elfFile({ machine: 62, bits: 64 }),
		"386": elfFile({ machine: 3 }),
		arm64: elfFile({ machine: 183, bits: 64 }),
		arm: elfFile({ machine: 40, flags: 0x5000000, attributes: armAttributes([6, 10, 28, 1]) }),
	};

	/** A project whose container records `platform` below `label`, its image being of `platform` or of `program`. */
	function project(
		label: string,
		platform: Platform,
		program: Buffer | null = programs[platform.architecture]!,
	): void {
		const members = program === null ? [{ path: "data" }] : [{ path: "bin/app", body: program }];
		const image = registry.addImage("app", platform, [tarball({ path: "bin/", type: "5" }, ...members)], "1");
		mkdirSync(place.path(`pvpkg/${label}/app`), { recursive: true });
		writeFileSync(place.path("pvpkg.json"), '{"name":"app","version":"1"}');
		const source = {
			"#spec": "service-manifest-src@1",
			template: "builtin-lxc-docker",
			docker_name: `${registry.host}/app`,
			docker_tag: "1",
			docker_digest: `${registry.host}/app@${image.digest}`,
			docker_platform: [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/"),
			docker_config: { Entrypoint: ["/bin/app"] },
		};
		writeFileSync(place.path(`pvpkg/${label}/app/src.json`), JSON.stringify(source));
	}

	const build = (...args: string[]) => pvpkg("build", "--build-version", "1", "--no-sign", ...args);

	test.each([
		["arm64v8", linux("amd64"), undefined],
		["arm64v8", linux("amd64"), null],
		["arm32v7", linux("arm64"), undefined],
		["arm32v6", linux("arm", "v7"), undefined],
		["i386", linux("amd64"), undefined],
		["riscv64", linux("arm64"), undefined],
		["amd64", linux("amd64"), "arm64"],
	] as const)("build of %s refuses %j with programs of %s", async (label, platform, program) => {
		project(label, platform, program === null ? null : programs[program ?? platform.architecture]);
		const { code, stderr } = await build();
		expect(stderr).toContain("check architecture: expected linux/");
		expect(code).toBe(3);
		expect(existsSync(place.path("releases"))).toBe(false);
		const allowed = await build("--allow-arch-mismatch");
		expect(allowed.code, allowed.stderr).toBe(0);
	});

	test.each([
		["arm64v8", linux("arm", "v7"), "32 bits"],
		["amd64", linux("386"), "32 bits"],
		["arm64v8", linux("arm64"), ""],
		["arm32v7", linux("arm", "v5"), ""],
		["arm64v8", linux("amd64"), ""],
	] as const)("build of %s takes %j, and says %j", async (label, platform, warning) => {
		const program =
			label === "arm64v8" && platform.architecture === "amd64" ? "arm64" : platform.architecture;
		project(label, platform, platform.variant === "v5" ? elfFile({ machine: 40 }) : programs[program]);
		const { code, stderr } = await build();
		expect(code, stderr).toBe(0);
		expect(stderr).toContain(warning);
	});

	test("an image that was made before for another label is looked at again", async () => {
		project("amd64", linux("amd64"));
		project("arm64v8", linux("amd64"));
		expect((await build("amd64")).code).toBe(0);
		expect((await build("arm64v8")).code).toBe(3);
	});
});

test("twelve platforms of a registry that takes its time are exported without a warning of Node", async () => {
	const arm = ["v5", "v6", "v7"].map((variant) => linux("arm", variant));
	const others = "amd64 386 arm64 mips mipsle mips64le ppc64le riscv64 s390x".split(" ");
	const image = publish(...arm, ...others.map((name) => linux(name)));
	// Nothing is answered until all of them are asked for: Node warns of eleven that listen to one signal.
	const waiting: (() => void)[] = [];
	const all = arm.length + others.length;
	registry.script(
		/manifests\/sha256/,
		async () => {
			await new Promise<void>((resolve) => {
				waiting.push(resolve);
				if (waiting.length === all) for (const go of waiting) go();
			});
			return false;
		},
		all,
	);
	const args = ["export", image, "app", "-o", "out/", "--no-sign", "-q"];
	const { code, stderr } = await pvpkg(...args);
	expect(code, stderr).toBe(0);
	expect(stderr).not.toContain("Warning: ");
	expect(readdirSync(place.path("out"))).toHaveLength(all);
});

test("install takes the platforms of pvpkg.json, then those of container-ci.conf, and -p before both", async () => {
	const image = publish(
		{ os: "linux", architecture: "amd64" },
		{ os: "linux", architecture: "arm64" },
		{ os: "linux", architecture: "riscv64" },
	);
	const install = (name: string, ...more: string[]) =>
		pvpkg("install", image, name, "--group", "app", ...more);
	const labels = () => readdirSync(place.path("pvpkg")).filter((label) => label !== "pvpkg.json");
	expect(await install("none")).toMatchObject({
		code: 2,
		stderr: expect.stringContaining("platforms in pvpkg.json"),
	});
	writeFileSync(place.path("container-ci.conf"), "PLATFORMS=linux/amd64\n");
	expect(await install("conf")).toMatchObject({ code: 0 });
	expect(labels()).toEqual(["amd64"]);
	const project = { name: "app", version: "1", platforms: ["linux/arm64"] };
	writeFileSync(place.path("pvpkg.json"), JSON.stringify(project));
	expect(await install("json")).toMatchObject({ code: 0 });
	expect(labels()).toEqual(["amd64", "arm64v8"]);
	expect(await install("flag", "-p", "linux/riscv64")).toMatchObject({ code: 0 });
	expect(labels()).toEqual(["amd64", "arm64v8", "riscv64"]);
	for (const platforms of ["linux/arm64", [], [""], [7]]) {
		writeFileSync(place.path("pvpkg.json"), JSON.stringify({ ...project, platforms }));
		const stderr = expect.stringContaining("pvpkg.json: platforms: expected a list of strings");
		expect(await install("wrong")).toMatchObject({ code: 3, stderr });
	}
});
