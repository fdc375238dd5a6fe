import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { readStatement, type TestStatement, writeLayout } from "../support/attestations.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// Packages are built again as their provenance says (docs/provenance.md).

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	writeLayout(place);
});
afterAll(() => place.remove());

const pvpkg = (args: readonly string[], cwd = place.directory) => place.run(args, { cwd });

async function done(args: readonly string[], cwd?: string): Promise<void> {
	const { code, stderr } = await pvpkg(args, cwd);
	expect(code, stderr).toBe(0);
}

/** Writes the provenance after a change, unsigned: who signed it is left to verify. */
function changed(path: string, change: (statement: TestStatement) => void): string {
	const statement = readStatement(place.path(path));
	change(statement);
	writeFileSync(place.path("changed.json"), JSON.stringify(statement));
	return place.path("changed.json");
}

interface Outcome {
	readonly code: number | null;
	readonly differences: readonly { readonly kind: string; readonly subject: string }[];
}

async function reproduce(args: readonly string[], cwd?: string): Promise<Outcome> {
	const { code, stdout, stderr } = await pvpkg(["repro", ...args, "--json"], cwd);
	const { differences } = JSON.parse(stdout);
	expect(differences, stderr).toBeDefined();
	return {
		code,
		differences: differences.map(({ kind, subject }: { kind: string; subject: string }) => ({
			kind,
			subject,
		})),
	};
}

const dependencyOf = ({ buildDefinition }: TestStatement["predicate"], name: string) =>
	buildDefinition.resolvedDependencies.find((one: { name?: string }) => one.name === name);
const layerOf = ({ predicate }: TestStatement) => dependencyOf(predicate, "layer");

describe("of an export", () => {
	const FILE = "out/web.tgz.provenance.sigstore.json";
	const again = (provenance: string) => reproduce(["out/web.tgz", "--provenance", provenance]);

	beforeAll(async () => {
		writeFileSync(place.path("mdev.json"), '{"rules":[]}');
		mkdirSync(place.path("overlay/etc"), { recursive: true });
		writeFileSync(place.path("overlay/etc/app.conf"), "a=1\n");
		await done([
			...["export", "oci:image:v1", "web", "-p", "amd64", "-o", "out/web.tgz", "--provenance"],
			...["--tier", "fast", "--order", "tree", "--arg", "PV_GROUP=app", "--default-group", "root"],
			...["--file", "mdev.json=mdev.json", "--overlay", "overlay"],
		]);
	});

	test("a good one is equal, with settings and files of its own, without cache and key", async () => {
		expect(await again(FILE)).toEqual({ code: 0, differences: [] });
	});

	test("its files are among what it was made of, by their digests", () => {
		const { predicate } = readStatement(place.path(FILE));
		const [document, conf] = [dependencyOf(predicate, "file"), dependencyOf(predicate, "overlay")];
		const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
		expect(document).toEqual({
			...{ name: "file", annotations: { container: "web", file: "mdev.json" } },
			digest: { sha256: sha256('{"rules":[]}') },
		});
		expect(conf).toEqual({
			...{ name: "overlay", annotations: { container: "web", file: "etc/app.conf" } },
			digest: { sha256: sha256("a=1\n") },
		});
	});

	test("of a package that was signed again, too", async () => {
		copyFileSync(place.path("out/web.tgz"), place.path("resigned.tgz"));
		await done(["sign", "resigned.tgz"]);
		expect(await reproduce(["resigned.tgz", "--provenance", FILE])).toEqual({ code: 0, differences: [] });
	});

	test.each<[string, (statement: TestStatement) => void, object]>([
		[
			"layer",
			(one) => {
				layerOf(one).digest.sha256 = "0".repeat(64);
			},
			{ kind: "input", subject: "web/root.squashfs: layer 1" },
		],
		[
			"engine",
			({ predicate }) => {
				predicate.buildDefinition.internalParameters.engine = `sha256:${"0".repeat(64)}`;
			},
			{ kind: "input", subject: "engine" },
		],
		[
			"src.json",
			({ predicate }) => {
				dependencyOf(predicate, "src.json").digest.sha256 = "0".repeat(64);
			},
			{ kind: "input", subject: "web: src.json" },
		],
		[
			"file of the container",
			({ predicate }) => {
				dependencyOf(predicate, "file").digest.sha256 = "0".repeat(64);
			},
			{ kind: "input", subject: "web/mdev.json: file" },
		],
		[
			"file of its overlay",
			({ predicate }) => {
				dependencyOf(predicate, "overlay").digest.sha256 = "0".repeat(64);
			},
			{ kind: "input", subject: "web/etc/app.conf: overlay" },
		],
		[
			"image",
			({ subject }) => {
				subject[2]!.digest.sha256 = "0".repeat(64);
			},
			{ kind: "output", subject: "web/root.squashfs" },
		],
	])("another %s is named", async (_, change, expected) => {
		expect(await again(changed(FILE, change))).toEqual({ code: 5, differences: [expected] });
	});

	test("a line names what it says and what is so", async () => {
		const file = changed(FILE, (one) => {
			layerOf(one).digest.sha256 = "0".repeat(64);
		});
		const { code, stdout } = await pvpkg(["repro", "out/web.tgz", "--provenance", file]);
		expect(code).toBe(5);
		expect(stdout).toMatch(/input: web\/root\.squashfs: layer 1 0{64} .* [0-9a-f]{64}/);
	});

	test.each<[string, () => readonly string[], number]>([
		["without its package", () => ["--provenance", FILE], 3],
		["an SBOM", () => ["out/web.tgz", "--provenance", "image/index.json"], 3],
		["two packages", () => ["out/web.tgz", "out/web.tgz", "--provenance", FILE], 2],
		[
			"of another build type",
			() => [
				"out/web.tgz",
				"--provenance",
				changed(FILE, ({ predicate }) => {
					predicate.buildDefinition.buildType = "https://example/build@1";
				}),
			],
			3,
		],
		[
			"with a tier that nobody has",
			() => [
				"out/web.tgz",
				"--provenance",
				changed(FILE, ({ predicate }) => {
					predicate.buildDefinition.internalParameters.tier = "ultimate";
				}),
			],
			3,
		],
	])("%s is refused", async (_, args, expected) => {
		const { code, stderr } = await pvpkg(["repro", ...args()]);
		expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining("pvpkg: ") });
	});
});

describe("of a project", () => {
	test("is built from the project; another layer is named", async () => {
		mkdirSync(place.path("project"));
		const cwd = place.path("project");
		await done(["install", "-p", "linux/amd64", "oci:../image:v1", "web"], cwd);
		await done(
			["build", "--build-version", "1", "--name-template", "p.$ARCH.tgz", "--provenance", "--tier", "fast"],
			cwd,
		);
		const file = "releases/p.amd64.tgz.provenance.sigstore.json";
		expect(await reproduce(["--provenance", file], cwd)).toEqual({ code: 0, differences: [] });
		const other = changed(`project/${file}`, (one) => {
			layerOf(one).digest.sha256 = "0".repeat(64);
		});
		expect(await reproduce(["--provenance", other], cwd)).toEqual({
			code: 5,
			differences: [{ kind: "input", subject: "web/root.squashfs: layer 1" }],
		});
		expect(readFileSync(place.path(`project/${file}`), "utf8")).toContain("dsseEnvelope");
	});
});

describe("of an export from a registry", () => {
	let registry: DemoRegistry;
	beforeAll(async () => {
		registry = await serveDemo();
		const image = `${registry.host}/demo/app:1.0`;
		await done(["export", image, "web", "-p", "linux/arm64", "-o", "registry.tgz", "--provenance"]);
	});
	afterAll(() => registry.close());
	const FILE = "registry.tgz.provenance.sigstore.json";

	test("a good one is equal, with its tag and the index that its platform was chosen from", async () => {
		const { predicate } = readStatement(place.path(FILE));
		const [container] = predicate.buildDefinition.externalParameters.containers;
		expect(container.image).toBe(`${registry.host}/demo/app:1.0`);
		expect(await reproduce(["registry.tgz", "--provenance", FILE])).toEqual({ code: 0, differences: [] });
	});

	test("one that was made with a lock is equal without it: its digests take the place of the lock", async () => {
		const image = `${registry.host}/demo/app:1.0`;
		await done(["lock", image, "-p", "linux/arm64"]);
		const args = ["export", image, "web", "-p", "linux/arm64", "-o", "locked.tgz", "--provenance"];
		await done([...args, "--lock", "pvpkg.lock.json"]);
		const file = "locked.tgz.provenance.sigstore.json";
		expect(readStatement(place.path(file)).predicate.buildDefinition.internalParameters.lock).toMatch(
			/^sha256:/,
		);
		expect(await reproduce(["locked.tgz", "--provenance", file])).toEqual({ code: 0, differences: [] });
	});

	test("an index that gives another image for the platform is a difference", async () => {
		const path = changed(FILE, ({ predicate }) => {
			const dependencies = predicate.buildDefinition.resolvedDependencies;
			const index = dependencies.find((one: { name?: string }) => one.name === "index");
			const manifest = dependencies.find((one: { name?: string }) => one.name === "manifest");
			index.digest = manifest.digest;
		});
		const { code, differences } = await reproduce(["registry.tgz", "--provenance", path]);
		expect(code).toBe(5);
		expect(differences).toEqual([{ kind: "input", subject: "web/root.squashfs: index" }]);
	});
});

describe("of root file systems that a lock pins", () => {
	const cwd = () => place.path("rootfs-project");
	const FILE = "releases/p.amd64.tgz.provenance.sigstore.json";
	const BUILD = ["--build-version", "1", "--name-template", "p.$ARCH.tgz", "--tier", "fast"];
	const write = (path: string, content: string | Uint8Array) => writeFileSync(join(cwd(), path), content);
	const lock = () => JSON.parse(readFileSync(join(cwd(), "pvpkg.lock.json"), "utf8"));

	beforeAll(async () => {
		mkdirSync(join(cwd(), "rootfs/etc"), { recursive: true });
		write("rootfs/etc/app", "of a directory");
		write("rootfs.tar", tarball(file("etc/app", "of an archive")));
		for (const [image, name] of [
			["dir:rootfs", "files"],
			["tar:rootfs.tar", "archive"],
		] as const) {
			await done(["install", image, name, "-p", "linux/amd64", "--config", "Entrypoint=/etc/app"], cwd());
		}
		await done(["lock", "--owner", "root"], cwd());
		await done(["build", "--locked", "--provenance", ...BUILD], cwd());
	});

	test("names each by what the lock pins, and whom its files were given to", () => {
		const { predicate } = readStatement(join(cwd(), FILE));
		const { internalParameters, resolvedDependencies } = predicate.buildDefinition;
		const { directories, files } = lock();
		const pinned = resolvedDependencies.filter((one: { name?: string }) => one.name === "rootfs");
		const at = (container: string) => ({ container, file: "root.squashfs" });
		expect(pinned).toEqual([
			{
				name: "rootfs",
				digest: { sha256: files["rootfs.tar"].sha256 },
				annotations: { ...at("archive"), path: "tar:rootfs.tar" },
			},
			{
				name: "rootfs",
				digest: { pvpkgTreeSha256: directories.rootfs.sha256 },
				annotations: { ...at("files"), path: "dir:rootfs", owner: "root" },
			},
		]);
		const sha256 = createHash("sha256")
			.update(readFileSync(join(cwd(), "pvpkg.lock.json")))
			.digest("hex");
		expect(internalParameters.lock).toBe(`sha256:${sha256}`);
	});

	test("is built from the project again; another content that is locked is named", async () => {
		expect(await reproduce(["--provenance", FILE], cwd())).toEqual({ code: 0, differences: [] });
		write("rootfs/etc/app", "changed");
		write("rootfs.tar", tarball(file("etc/app", "changed, too")));
		expect((await pvpkg(["repro", "--provenance", FILE], cwd())).code).toBe(3);
		await done(["lock", "--update"], cwd());
		const { code, differences } = await reproduce(["--provenance", FILE], cwd());
		expect(code).toBe(5);
		expect(differences.filter(({ kind }) => kind === "input")).toEqual([
			{ kind: "input", subject: "lock" },
			{ kind: "input", subject: "archive/root.squashfs: rootfs" },
			{ kind: "input", subject: "archive: src.json" },
			{ kind: "input", subject: "files/root.squashfs: rootfs" },
			{ kind: "input", subject: "files: src.json" },
		]);
	});
});

test("--owner is a parameter: another one is named, and building again takes it from the statement", async () => {
	mkdirSync(place.path("owned/etc"), { recursive: true });
	writeFileSync(place.path("owned/etc/app"), "a", { mode: 0o600 });
	const exporting = ["export", "dir:owned", "os", "-p", "amd64", "--config", "Entrypoint=/etc/app"];
	await done([...exporting, "--owner", "root", "-o", "owned.tgz", "--provenance"]);
	const path = "owned.tgz.provenance.sigstore.json";
	expect(readStatement(place.path(path)).predicate.buildDefinition.internalParameters.owner).toBe("root");
	expect(await reproduce(["owned.tgz", "--provenance", path])).toEqual({ code: 0, differences: [] });
	const unsaid = changed(path, ({ predicate }) => {
		delete predicate.buildDefinition.internalParameters.owner;
	});
	const { code, differences } = await reproduce(["owned.tgz", "--provenance", unsaid]);
	expect({ code, differences }).toEqual({
		code: 5,
		differences: [
			{ kind: "input", subject: "os: src.json" },
			{ kind: "output", subject: "state" },
			{ kind: "output", subject: "os/root.squashfs" },
		],
	});
});

test("a squashfs that was kept from an older package is named by its digest", async () => {
	writeLayout(place, "2.37", "newer");
	const name = ["web", "-p", "amd64", "--as", "registry.example/team/web:v1"];
	await done(["export", "oci:image:v1", ...name, "-o", "old.tgz"]);
	await done([
		...["export", "oci:newer:v1", ...name, "-o", "patched.tgz", "--provenance"],
		...["--patch-from", "old.tgz", "--patch-limit", "100"],
	]);
	const { predicate, subject } = readStatement(place.path("patched.tgz.provenance.sigstore.json"));
	const kept = predicate.buildDefinition.resolvedDependencies.find(
		(one: { name?: string }) => one.name === "squashfs",
	);
	const root = subject.find(({ name }) => name === "web/root.squashfs")!;
	expect(kept).toEqual({
		name: "squashfs",
		digest: root.digest,
		annotations: { container: "web", file: "root.squashfs" },
	});
});
