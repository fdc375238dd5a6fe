import {
	chmodSync,
	chownSync,
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { flatDockerMembers, oldDockerMembers } from "../support/docker-archive.js";
import { exitExpectations } from "../support/exit-expectations.js";
import { layoutFiles, sampleImage } from "../support/image-layout.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { type TarHeader, tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// Locks of what lies in the project: layouts, archives, root file systems (hermetic.md 1.2).

const PLATFORM = { os: "linux", architecture: "amd64" };
const ENVIRONMENT = { PVPKG_TIER: "fast", BUILD_VERSION: "1", PACKAGE_NAME: "p", PACKAGE_VERSION: "1" };

let place: Workplace;
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

const run = (...args: string[]) => place.run(args, { env: ENVIRONMENT });

const { done, refused } = exitExpectations(run);

const read = (name: string): string => readFileSync(place.path(name), "utf8");
const lock = () => JSON.parse(read("pvpkg.lock.json"));
const packageOf = (label = "amd64"): string =>
	readFileSync(place.path(`releases/p-1-1.${label}.tgz`), "base64");

function writeLayout(content: string, name = "images"): void {
	const layout = new LayoutDirectory(place.path(name));
	layout.tag("v1", [layout.addImage(PLATFORM, [{ archive: tarball(file("etc/app", content)) }])]);
}

describe("a layout in the project", () => {
	beforeEach(async () => {
		writeLayout("first");
		await done("install", "oci:images:v1", "web", "-p", "linux/amd64");
	});

	test("is locked by the digests of its manifests, and bots find nothing to change in its entry", async () => {
		await done("lock");
		const entry = lock().images["oci:images:v1"];
		expect(entry.image).toBe("oci:images:v1");
		const source = JSON.parse(read("pvpkg/amd64/web/src.json"));
		expect(source.docker_digest).toBe(entry.platforms["linux/amd64"].manifest.digest);
		expect(read("pvpkg.lock.json")).not.toMatch(/"image": "[^"]+@sha256/);
		expect((await done("lock", "--check")).stdout).toContain("the lock is fresh");
		expect((await done("lock")).stdout).toContain("nothing changed");
	});

	test("gives one package from its place, from a layout that fetch wrote, and in another directory", async () => {
		await done("lock");
		await done("build", "--frozen", "--no-sign");
		const expected = packageOf();
		await done("fetch", "-o", "fetched");
		renameSync(place.path("images"), place.path("gone"));
		await done("build", "--frozen", "--from", "fetched", "--no-sign", "--no-cache");
		expect(packageOf()).toBe(expected);
	});

	test("builds what was locked though the tag has moved; --check names both digests, --update records the new one", async () => {
		await done("lock");
		await done("build", "--no-sign");
		const [old, expected] = [lock().images["oci:images:v1"].resolved, packageOf()];
		writeLayout("second");
		await done("build", "--locked", "--no-sign");
		expect(packageOf()).toBe(expected);
		const stderr = await refused(3, "lock", "--check");
		expect(stderr).toContain("oci:images:v1: linux/amd64 is sha256:");
		await done("lock", "--update", "oci:images:v1");
		expect(lock().images["oci:images:v1"].resolved).not.toBe(old);
		await done("build", "--locked", "--no-sign");
		expect(packageOf()).not.toBe(expected);
		await done("lock", "--check");
	});

	test("that lacks a layer, or the locked image, ends with 4, the digest and the remedy", async () => {
		await done("lock");
		const { manifest, layers } = lock().images["oci:images:v1"].platforms["linux/amd64"];
		const blob = ({ digest }: { digest: string }) => place.path(`images/blobs/sha256/${digest.slice(7)}`);
		for (const missing of [layers[0], manifest]) {
			renameSync(blob(missing), place.path("away"));
			const stderr = await refused(4, "build", "--locked", "--no-sign");
			expect(stderr).toContain(missing.digest);
			expect(stderr).toContain('"pvpkg lock --update oci:images:v1" records what is there');
			expect(() => readdirSync(place.path("releases"))).toThrow();
			renameSync(place.path("away"), blob(missing));
		}
	});
});

test("archives in the project are locked as layouts are", async () => {
	const archiveOf = (content: string) => {
		const annotations = { "org.opencontainers.image.ref.name": "v1" };
		const files = layoutFiles([{ image: sampleImage(content), annotations }]);
		return tarball(...[...files].map(([path, body]) => ({ path, body })));
	};
	writeFileSync(place.path("image.tar"), archiveOf("one"));
	await done("install", "oci-archive:image.tar:v1", "web", "-p", "linux/amd64");
	await done("lock");
	expect(Object.keys(lock().images)).toEqual(["oci-archive:image.tar:v1"]);
	await done("build", "--frozen", "--no-sign");
	writeFileSync(place.path("image.tar"), archiveOf("two"));
	expect(await refused(4, "build", "--frozen", "--no-sign")).toContain("records what is there");
});

describe("an archive of docker in the project", () => {
	const image = (content: string) => ({ image: sampleImage(content), tags: ["app:v1"] });
	const forms: Readonly<Record<string, (content: string) => readonly TarHeader[]>> = {
		"with a directory for each layer, as docker save wrote it": (content) =>
			oldDockerMembers([image(content)]),
		"with layers by their digests": (content) => flatDockerMembers(image(content)),
	};
	const write = (members: readonly TarHeader[]) =>
		writeFileSync(place.path("image.tar"), tarball(...members));

	test.each(Object.entries(forms))("is locked by its content: %s", async (_, membersOf) => {
		write(membersOf("one"));
		await done("install", "docker-archive:image.tar:app:v1", "web", "-p", "linux/amd64");
		await done("lock");
		const [[key, entry]] = Object.entries(lock().images) as [[string, { platforms: object }]];
		expect(key).toBe("docker-archive:image.tar:app:v1");
		expect(entry.platforms).toMatchObject({
			"linux/amd64": { config: { digest: sampleImage("one").config.digest } },
		});
		await done("build", "--frozen", "--no-sign");
		const expected = packageOf();
		await done("lock", "--check");
		await done("build", "--frozen", "--no-sign", "--no-cache");
		expect(packageOf()).toBe(expected);
		await done("fetch", "-o", "fetched");
		rmSync(place.path("image.tar"));
		await done("build", "--frozen", "--from", "fetched", "--no-sign", "--no-cache");
		expect(packageOf()).toBe(expected);
	});

	test("that has another image under the name ends with 4 and the remedy, and --update records it", async () => {
		write(forms["with layers by their digests"]!("one"));
		await done("install", "docker-archive:image.tar:app:v1", "web", "-p", "linux/amd64");
		await done("lock");
		write(forms["with layers by their digests"]!("two"));
		expect(await refused(4, "build", "--frozen", "--no-sign")).toContain("records what is there");
		expect(await refused(3, "lock", "--check")).toContain("docker-archive:image.tar:app:v1");
		await done("lock", "--update");
		await done("build", "--frozen", "--no-sign");
	});
});

describe("a root file system in the project", () => {
	const install = (image: string) =>
		done("install", image, "os", "-p", "linux/amd64", "--config", "Entrypoint=/etc/app");

	test("in an archive is locked by its SHA-256", async () => {
		writeFileSync(place.path("rootfs.tar"), tarball(file("etc/app", "first")));
		await install("tar:rootfs.tar");
		expect(await refused(4, "build", "--locked", "--no-sign")).toContain("pvpkg lock");
		await done("lock");
		expect(lock().files["rootfs.tar"]).toEqual({
			sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
			size: 2048,
		});
		await done("build", "--frozen", "--no-sign");
		writeFileSync(place.path("rootfs.tar"), tarball(file("etc/app", "second")));
		const stderr = await refused(3, "build", "--frozen", "--no-sign");
		expect(stderr).toMatch(/rootfs\.tar: check content: expected what the lock has .*--update/);
		expect(await refused(3, "lock", "--check")).toContain("rootfs.tar: its content is");
		const { stdout } = await done("lock", "--update");
		expect(stdout).toMatch(/rootfs\.tar +- +sha256:/);
		await done("build", "--frozen", "--no-sign");
	});

	test("in a directory is locked by all that its image depends on", async () => {
		mkdirSync(place.path("rootfs/etc"), { recursive: true });
		writeFileSync(place.path("rootfs/etc/app"), "first");
		await install("dir:rootfs");
		await done("lock", "--owner", "root");
		expect(lock().directories.rootfs).toEqual({ sha256: expect.any(String), owner: "root" });
		await done("build", "--frozen", "--no-sign");
		const expected = packageOf();
		// Another checkout of the same files, by somebody with another umask, at another time.
		cpSync(place.path("rootfs"), place.path("again"), { recursive: true });
		rmSync(place.path("rootfs"), { recursive: true });
		renameSync(place.path("again"), place.path("rootfs"));
		chmodSync(place.path("rootfs/etc"), 0o700);
		chmodSync(place.path("rootfs/etc/app"), 0o600);
		utimesSync(place.path("rootfs/etc/app"), 1000, 1000);
		await done("lock", "--check");
		await done("build", "--frozen", "--no-sign");
		expect(packageOf()).toBe(expected);
		chmodSync(place.path("rootfs/etc/app"), 0o755);
		expect(await refused(3, "build", "--frozen", "--no-sign")).toContain("check content");
	});

	test("export takes it from a lock, too", async () => {
		writeFileSync(place.path("rootfs.tar"), tarball(file("etc/app", "first")));
		const exporting = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "--no-sign", "-o", "os.tgz"];
		const locked = [...exporting, "--config", "Entrypoint=/etc/app", "--lock", "pvpkg.lock.json", "--locked"];
		await done("lock", "tar:rootfs.tar");
		await done(...locked);
		rmSync(place.path("pvpkg.lock.json"));
		await done("lock");
		expect(await refused(3, ...locked)).toContain('"pvpkg lock tar:rootfs.tar" adds it');
	});
});

describe("an archive at an address", () => {
	let server: Server;
	let address: string;
	let bytes: Uint8Array;
	let requests = 0;
	beforeAll(async () => {
		server = createServer((_, response) => {
			requests++;
			response.end(bytes);
		});
		await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
		address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rootfs.tar`;
	});
	afterAll(() => server.close());
	const insecure = ["--insecure", "127.0.0.1"];

	test("is refused, and no lock is written, where it is longer than --max-layer", async () => {
		bytes = tarball(file("etc/app", "first"));
		const args = ["lock", ...insecure, `tar:${address}`, "--max-layer", "1000"];
		const { code, stderr } = await place.run(args);
		expect([code, stderr]).toEqual([
			3,
			expect.stringContaining(`${address}: download: expected at most 1000 bytes`),
		]);
		expect(existsSync(place.path("pvpkg.lock.json"))).toBe(false);
	});

	test("is fetched by its digest, into the cache or a layout, and built from either without the network", async () => {
		bytes = tarball(file("etc/app", "first"));
		await done(
			"install",
			...insecure,
			`tar:${address}`,
			"os",
			"-p",
			"amd64",
			"--config",
			"Entrypoint=/etc/app",
		);
		await done("lock", ...insecure);
		expect(lock().files[address]).toMatchObject({ size: bytes.length });
		expect((await done("fetch", "--list")).stdout).toContain(`${address} sha256:`);
		await done("fetch", ...insecure, "-o", "images");
		await done("build", "--frozen", "--no-sign");
		const expected = packageOf();
		rmSync(place.path("cache"), { recursive: true });
		const before = requests;
		expect(await refused(4, "build", "--frozen", "--no-sign")).toContain('"pvpkg fetch" fetches it');
		await done("build", "--frozen", "--from", "images", "--no-sign");
		expect(packageOf()).toBe(expected);
		expect(requests).toBe(before);
		bytes = tarball(file("etc/app", "second"));
		rmSync(place.path("cache"), { recursive: true });
		expect(await refused(3, "build", ...insecure, "--locked", "--no-sign")).toMatch(/expected .*got/);
	});
});

describe("what no lock can name", () => {
	test.each([
		["a path upwards", "oci:../images:v1"],
		["an absolute path", "tar:/etc/hostname"],
		["a link that leads out", "dir:link"],
	])("%s is refused, and taken by --allow-outside where it is there", async (_, image) => {
		symlinkSync("/etc", place.path("link"));
		const stderr = await refused(3, "lock", image, "-p", "linux/amd64");
		expect(stderr).toContain("lies outside of the project");
		expect(stderr).toContain("--allow-outside accepts it");
		expect(() => read("pvpkg.lock.json")).toThrow();
	});

	test("--allow-outside takes what lies elsewhere", async () => {
		const other = new Workplace();
		writeFileSync(other.path("rootfs.tar"), tarball(file("etc/app", "first")));
		await done("lock", "--allow-outside", `tar:${other.path("rootfs.tar")}`);
		expect(Object.keys(lock().files)).toEqual([other.path("rootfs.tar")]);
		other.remove();
	});

	test("an image of a container daemon, and standard input", async () => {
		expect(await refused(3, "lock", "docker-daemon:app:1", "-p", "amd64")).toContain(
			"an image of a container daemon is not the same on every machine",
		);
		expect(await refused(3, "lock", "tar:-")).toContain("standard input");
	});
});

needs("root", "setpriv").describe("as a plain user (root, setpriv)", () => {
	const wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
	const plain = (...args: string[]) =>
		place.run(args, { env: { ...ENVIRONMENT, PVPKG_CACHE_DIR: undefined }, wrapper });

	test("a directory needs an owner, and export warns of files of whoever builds", async () => {
		chmodSync(place.path("key.pem"), 0o644);
		for (const name of ["", "tmp"]) chmodSync(place.path(name), 0o777);
		mkdirSync(place.path("mine"));
		chownSync(place.path("mine"), 65534, 65534);
		const stderr = (await plain("lock", "dir:mine")).stderr;
		expect(stderr).toMatch(/its files belong to users of this machine.*expected --owner root/);
		expect((await plain("lock", "dir:mine", "--owner", "root")).code).toBe(0);
		const exporting = [
			"export",
			"dir:mine",
			"os",
			"-p",
			"amd64",
			"--config",
			"Entrypoint=/x",
			"-o",
			"os.tgz",
		];
		const warned = await plain(...exporting, "--no-sign");
		expect(warned.code, warned.stderr).toBe(0);
		expect(warned.stderr).toMatch(/belong to you \(user 65534\).*--owner root gives them to root/);
		const given = await plain(...exporting, "--no-sign", "--owner", "root");
		expect(given.stderr).not.toContain("belong to you");
	});
});
