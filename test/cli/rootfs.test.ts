import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFileContent } from "../../src/ground/files/index.js";
import { openImage } from "../../src/squashfs/read/index.js";
import { Workplace } from "../support/command-line.js";
import { elfFile } from "../support/elf-file.js";
import { tarball } from "../support/tar-builder.js";
import { dir, file } from "../support/tar-members.js";
import { zipFile } from "../support/zip-file.js";

// Root file systems as IMAGE: dir: and tar:, pvr's --type rootfs (docs/formats/pvr.md#adding-updating-and-installing-containers).

const AMD64 = elfFile({ machine: 62, bits: 64 });
const CONFIG = ["--config", "Entrypoint=/bin/app"];
const archive = tarball(dir("bin/", 0o755), file("bin/app", AMD64, { mode: 0o755 }), file("etc", "text"));

let place: Workplace;
beforeEach(async () => {
	place = new Workplace();
	writeFileSync(place.path("rootfs.tar"), archive);
	writeFileSync(place.path("rootfs.tgz"), gzipSync(archive));
	writeFileSync(place.path("artifacts.zip"), await zipFile({ "out/rootfs.tar": archive }));
});
afterEach(() => place.remove());

const sha = /^[0-9a-f]{64}$/;

function pvpkg(args: readonly string[], input?: Uint8Array) {
	const env = { PVPKG_TIER: "fast" };
	return place.run([...args, "--json"], input === undefined ? { env } : { env, input });
}

async function done(args: readonly string[], input?: Uint8Array) {
	const { code, stdout, stderr } = await pvpkg(args, input);
	expect(code, stderr).toBe(0);
	return JSON.parse(stdout);
}

async function refused(code: number, args: readonly string[]) {
	const result = await pvpkg(args);
	expect(result.code, result.stderr).toBe(code);
	return JSON.parse(result.stdout).error;
}

/** The state of a package. */
async function stateOf(path: string) {
	return (await done(["inspect", path, "--state"])).state;
}

describe("export", () => {
	const exporting = (image: string) => ["export", image, "os", "-p", "linux/amd64", ...CONFIG];

	test.each([
		["an archive", "rootfs.tar"],
		["a compressed one", "rootfs.tgz"],
		["one in a zip", "artifacts.zip//out/rootfs.tar"],
		["one on standard input", "-"],
	])("of %s", async (_, path) => {
		const args = [...exporting(`tar:${path}`), "-o", "os.tgz"];
		const { packages } = await done(args, path === "-" ? archive : undefined);
		expect(packages).toMatchObject([{ platform: "linux/amd64", label: "amd64", path: "os.tgz" }]);
		const state = await stateOf("os.tgz");
		expect(state["os/src.json"]).toEqual({
			"#spec": "service-manifest-src@1",
			template: "builtin-lxc-docker",
			docker_config: { Entrypoint: "/bin/app" },
			rootfs_url: path,
			rootfs_digest: `sha256:${state["os/root.squashfs"]}`,
		});
		expect(state["os/root.squashfs.rootfs-digest"]).toMatch(sha);
		expect(state["_sigs/os.json"]).toBeDefined();
		await done(["verify", "os.tgz", "--pubkey", "public.pem"]);
		await done(["mksquashfs", "tar:rootfs.tgz", "same.squashfs"]);
		await done(["checkout", "os.tgz", "box"]);
		expect(readFileSync(place.path("box/os/root.squashfs"))).toEqual(
			readFileSync(place.path("same.squashfs")),
		);
	});

	test("of a directory, with nothing added to it", async () => {
		mkdirSync(place.path("tree/bin"), { recursive: true });
		writeFileSync(place.path("tree/bin/app"), AMD64);
		await done([...exporting("dir:tree"), "-o", "os.tgz"]);
		await done(["checkout", "os.tgz", "box"]);
		const image = openImage(openFileContent(place.path("box/os/root.squashfs")));
		expect([...image.entries()].map(({ path }) => path)).toEqual(["", "bin", "bin/app"]);
		expect((await stateOf("os.tgz"))["os/src.json"].rootfs_url).toBe("tree");
	});

	test("starts /sbin/init where no program is named, and warns when there is none", async () => {
		const args = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "os.tgz"];
		const missing = "/sbin/init: find entrypoint: the image does not have it";
		expect((await pvpkg([...args, "--status-goal", "MOUNTED"])).stderr).not.toContain(missing);
		expect((await pvpkg(args)).stderr).toContain(missing);
		await done(["checkout", "os.tgz", "box"]);
		expect(readFileSync(place.path("box/os/lxc.container.conf"), "utf8")).toMatch(
			/^lxc\.init\.cmd = \/sbin\/init$/m,
		);
	});

	test.each([
		["none", []],
		["two", ["-p", "linux/amd64,linux/arm64"]],
	])("needs one platform, gets %s", async (_, platforms) => {
		for (const more of [[], ["--dry-run"]]) {
			const error = await refused(2, ["export", "tar:rootfs.tar", "os", ...platforms, ...more]);
			expect(error.code).toBe("ERR_BUILD_PLATFORM");
			expect(error.message).toContain("--platform");
		}
	});

	test("refuses programs of another architecture", async () => {
		const args = ["export", "tar:rootfs.tar", "os", "-p", "linux/arm64", ...CONFIG, "-o", "os.tgz"];
		const error = await refused(3, args);
		expect(error.code).toBe("ERR_BUILD_ARCHITECTURE");
		expect(error.message).toMatch(/^\/bin\/app: check architecture: expected linux\/arm64, got x86-64/);
		await done([...args, "--allow-arch-mismatch"]);
	});

	test("shows its plan", async () => {
		for (const image of ["tar:rootfs.tar", "tar:artifacts.zip"]) {
			const plan = await done([...exporting(image), "--dry-run"]);
			expect(plan).toMatchObject({ platforms: [{ match: "given", size: archive.length }], blobs: [] });
		}
		const { stdout } = await place.run([...exporting("tar:-"), "--dry-run"]);
		expect(stdout).toMatch(/^linux\/amd64 +linux\/amd64 +as given .* unknown/m);
		expect((await refused(4, [...exporting("tar:missing"), "--dry-run"])).code).toBe("ERR_FILE_NOT_FOUND");
	});

	test("from an address, whose password and query are not recorded", async () => {
		const asked: (string | undefined)[] = [];
		const server = createServer((request, response) => {
			asked.push(request.headers.authorization);
			response.end(archive);
		});
		await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
		const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
		const image = `tar:http://ci:secret@${host}/rootfs.tar?sig=secret`;
		try {
			const { stderr } = await pvpkg([...exporting(image), "-o", "os.tgz"]);
			expect(stderr).toContain("the query of the address is left out of src.json");
			expect(stderr).not.toContain("secret@");
			expect(asked).toEqual([`Basic ${Buffer.from("ci:secret").toString("base64")}`]);
			expect((await stateOf("os.tgz"))["os/src.json"].rootfs_url).toBe(`http://${host}/rootfs.tar`);
			const error = await refused(4, [...exporting(image), "--offline", "-o", "os.tgz"]);
			expect(error.code).toBe("ERR_OFFLINE");
			expect(error.message).not.toContain("secret");
			expect(asked).toHaveLength(1);
			// Written by hand into src.json, which build packs.
			const source = { template: "builtin-lxc-docker", config: { Entrypoint: ["/bin/app"] } };
			mkdirSync(place.path("pvpkg/amd64/os"), { recursive: true });
			writeFileSync(place.path("pvpkg.json"), '{"name":"demo","version":"1"}');
			writeFileSync(
				place.path("pvpkg/amd64/os/src.json"),
				JSON.stringify({ ...source, rootfs_url: image.slice("tar:".length) }),
			);
			const built = await pvpkg(["build", "--build-version", "1"]);
			expect(built.stderr).toContain(
				"pvpkg/amd64/os/src.json: rootfs_url: the package has the address without",
			);
			expect(built).toMatchObject({ code: 0 });
			expect(asked).toHaveLength(2);
			const packed = JSON.stringify(await stateOf("releases/demo-1-1.amd64.tgz"));
			expect(packed).not.toContain("secret");
		} finally {
			server.close();
		}
	});
});

test("an archive with one directory around the root file system is warned of", async () => {
	const inside = tarball(dir("rootfs/"), dir("rootfs/bin/"), file("rootfs/bin/app", AMD64, { mode: 0o755 }));
	writeFileSync(place.path("around.tar"), inside);
	const { code, stderr } = await pvpkg(["export", "tar:around.tar", "os", "-p", "linux/amd64", ...CONFIG]);
	expect([code, stderr]).toEqual([0, expect.stringContaining("everything is below rootfs/, expected bin")]);
	expect(
		(await pvpkg(["export", "tar:rootfs.tar", "os2", "-p", "linux/amd64", ...CONFIG])).stderr,
	).not.toContain("everything");
});

describe("app add", () => {
	const adding = ["app", "add", "os", "--type", "rootfs", "--from", "rootfs.tar", ...CONFIG];

	test("makes the container that export packs, and checks its programs where a platform is given", async () => {
		await done(["init"]);
		const error = await refused(3, [...adding, "--platform", "linux/arm64"]);
		expect(error.code).toBe("ERR_BUILD_ARCHITECTURE");
		const { source } = await done([...adding, "--platform", "linux/amd64"]);
		await done(["export", "tar:rootfs.tar", "os", "-p", "linux/amd64", ...CONFIG, "-o", "os.tgz"]);
		expect((await stateOf("os.tgz"))["os/src.json"]).toEqual(source);
	});

	test("update makes it again of what lies there now, and add --force replaces it", async () => {
		await done(["init"]);
		await done(adding);
		const { source } = await done(["app", "update", "os"]);
		expect(source.rootfs_url).toBe("rootfs.tar");
		await done([...adding, "--force"]);
	});
});

describe("install and build", () => {
	const installing = (image: string) => ["install", image, "os", "-p", "linux/amd64", ...CONFIG];

	test("record where it is, and make it", async () => {
		const { sources } = await done(installing("tar:artifacts.zip//out/rootfs.tar"));
		expect(sources).toEqual([{ label: "amd64", platform: "linux/amd64", path: "pvpkg/amd64/os/src.json" }]);
		const recorded = JSON.parse(readFileSync(place.path("pvpkg/amd64/os/src.json"), "utf8"));
		expect(recorded.rootfs_url).toBe("artifacts.zip//out/rootfs.tar");
		expect(recorded.rootfs_digest).toBeUndefined();
		const { releases } = await done(["build", "--build-version", "1"]);
		const state = await stateOf(releases[0].path);
		expect(state["os/src.json"].rootfs_digest).toBe(`sha256:${state["os/root.squashfs"]}`);
		expect(state["os/src.json"].docker_config).toEqual({ Entrypoint: "/bin/app" });
	});

	test("build renews a digest that another program recorded, and tells it", async () => {
		await done(installing("tar:rootfs.tar"));
		const path = place.path("pvpkg/amd64/os/src.json");
		const source = JSON.parse(readFileSync(path, "utf8"));
		writeFileSync(path, JSON.stringify({ ...source, rootfs_digest: "sha256:00" }));
		const { code, stderr } = await pvpkg(["build", "--build-version", "1"]);
		expect(code).toBe(0);
		expect(stderr).toMatch(/os\/src\.json: rootfs_digest: sha256:00 is now sha256:[0-9a-f]{64}/);
	});

	test.each([
		["standard input", "tar:-", 3, "ERR_BUILD_REQUEST"],
		["a missing file", "tar:missing.tar", 4, "ERR_FILE_NOT_FOUND"],
		["a missing directory", "dir:missing", 4, "ERR_FILE_NOT_FOUND"],
		["a tree in a zip", "dir:artifacts.zip//out", 3, "ERR_ROOTFS_ENTRY"],
		["a zip without an archive", "tar:artifacts.zip//x", 4, "ERR_IMAGE_NOT_FOUND"],
	])("cannot record %s", async (_, image, code, errorCode) => {
		expect((await refused(code, installing(image))).code).toBe(errorCode);
	});

	test("build checks the programs against the label", async () => {
		await done(["install", "tar:rootfs.tar", "os", "-p", "linux/arm64", ...CONFIG]);
		expect((await refused(3, ["build", "--build-version", "1"])).code).toBe("ERR_BUILD_ARCHITECTURE");
	});
});
