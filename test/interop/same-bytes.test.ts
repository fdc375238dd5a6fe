import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { listFilesBelow } from "../../src/ground/files/index.js";
import { Workplace } from "../support/command-line.js";
import { dockerEngine } from "../support/docker-engine.js";
import { DockerRegistry } from "../support/docker-registry.js";
import { LayoutDirectory, type LayoutLayer } from "../support/layout-directory.js";
import { needs } from "../support/needs.js";
import { run, runBeside } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";
import { characterDevice, dir, fifo, file, hardlink, symlink } from "../support/tar-members.js";
import { zipFile } from "../support/zip-file.js";

// One image, wherever it comes from, is one `root.squashfs`: by `mksquashfs`, which takes what it
// gets as it is, and by `export`, which adds the directories of pvr to images but not to root file
// systems. So the image has those directories, and no extended attributes, which `dir:` cannot read.

const time = { mtime: 1_700_000_000 };

/** Every directory is named, so that `umoci unpack` gives each its time. */
const layers = [
	tarball(
		dir("./", 0o755, time),
		dir("bin/", 0o755, time),
		file("bin/app", "#!/bin/sh\nexec cat\n".repeat(9000), { mode: 0o4755, ...time }),
		hardlink("bin/same", "bin/app"),
		file("bin/old", "old", time),
		symlink("bin/sh", "app", time),
		...["dev", "proc", "run", "sys", "var", "var/run"].map((name) => dir(`${name}/`, 0o755, time)),
		...["tmp", "var/tmp"].map((name) => dir(`${name}/`, 0o1777, time)),
		characterDevice("dev/null", 1, 3, { mode: 0o666, ...time }),
		fifo("dev/log", { mode: 0o600, ...time }),
	),
	tarball(
		dir("bin/", 0o755, time),
		file("bin/.wh.old"),
		dir("data/", 0o1777, time),
		file("data/caf\xe9", "x", { uid: 1000, gid: 3_000_000, ...time }),
		file("data/large", Buffer.from("0123456789abcdef".repeat(50_000)), time),
	),
];

/** @returns the image, as skopeo names it. */
function writeLayout(directory: string, stored: readonly LayoutLayer[]): string {
	const layout = new LayoutDirectory(directory);
	const config = { Cmd: ["/bin/app"], WorkingDir: "/data" };
	layout.tag("1", [layout.addImage({ os: "linux", architecture: "amd64" }, stored, config)]);
	return `oci:${directory}:1`;
}

/** Where the image is to be had, and the tree that it flattens to. */
const SOURCES = [
	["registry", "HOST/app:1"],
	["oci:", "oci:AT/layout:1"],
	["oci: in a zip", "oci:AT/layout.zip//layout"],
	["oci-archive:", "oci-archive:AT/oci.tar"],
	["oci-archive: in a zip", "oci-archive:AT/oci.zip//build/app.tar"],
	["docker-archive:", "docker-archive:AT/docker.tar"],
	["docker-archive: in a zip", "docker-archive:AT/docker.zip//build/app.tar"],
	["docker-daemon:", "docker-daemon:team/app:1"],
	["dir:", "dir:AT/bundle/rootfs"],
	["tar:", "tar:AT/rootfs.tar"],
	["tar: gzip", "tar:AT/rootfs.tar.gz"],
	["tar: zstd", "tar:AT/rootfs.tar.zst"],
	["tar: in a zip", "tar:AT/rootfs.zip//build/app.tar"],
] as const;

needs("root", "docker-registry", "skopeo", "umoci", "zstd").describe("the same root.squashfs (root)", () => {
	let work: string;
	let place: Workplace;
	let registry: DockerRegistry;
	let engine: Server;
	/** SHA-256 of the image's own squashfs, from the layout. */
	let expected: string;
	const at = (...path: string[]): string => join(work, ...path);
	const copy = (...args: readonly string[]) =>
		runBeside("skopeo", "copy", "-q", "--insecure-policy", ...args);

	beforeAll(async () => {
		work = mkdtempSync(join(tmpdir(), "same-bytes-"));
		place = new Workplace();
		mkdirSync(at("registry"));
		registry = await DockerRegistry.start(at("registry"));
		const [first, second] = layers as [Buffer, Buffer];
		const packed = writeLayout(at("layout"), [
			{ archive: first, compression: "gzip" },
			{ archive: second, compression: "zstd" },
		]);
		await copy("--dest-tls-verify=false", packed, `docker://${registry.host}/app:1`);
		await copy(packed, `oci-archive:${at("oci.tar")}:1`);
		// Neither docker's archives nor umoci know zstd.
		const plain = writeLayout(at("plain"), [{ archive: first }, { archive: second, compression: "gzip" }]);
		await copy(plain, `docker-archive:${at("docker.tar")}:team/app:1`);
		const saved = {
			name: "team/app:1",
			id: `sha256:${"0".repeat(64)}`,
			archive: readFileSync(at("docker.tar")),
		};
		engine = createServer(dockerEngine(saved)).listen(at("engine.sock"));
		run("umoci", "unpack", "--image", `${at("plain")}:1`, at("bundle"));
		run("tar", "--numeric-owner", "-C", at("bundle/rootfs"), "-cf", at("rootfs.tar"), ".");
		run("gzip", "--keep", at("rootfs.tar"));
		run("zstd", "-q", at("rootfs.tar"));
		for (const name of ["oci", "docker", "rootfs"]) {
			const zip = await zipFile({ "build/app.tar": readFileSync(at(`${name}.tar`)) });
			writeFileSync(at(`${name}.zip`), zip);
		}
		const files = listFilesBelow(at("layout")).map(
			(path) => [`layout/${path}`, readFileSync(at("layout", path))] as const,
		);
		writeFileSync(at("layout.zip"), await zipFile(Object.fromEntries(files)));
		expected = await squashfs(packed);
	});
	afterAll(async () => {
		await registry.close();
		engine.close();
		place.remove();
		rmSync(work, { recursive: true, force: true });
	});

	/** `root.squashfs` by `mksquashfs`. */
	async function squashfs(source: string): Promise<string> {
		await pvpkg("mksquashfs", source, at("root.squashfs"));
		return sha256Hex(readFileSync(at("root.squashfs")));
	}

	/** The one in a package by `export`. */
	async function packaged(source: string): Promise<string> {
		const args = ["export", source, "app", "-p", "linux/amd64", "-o", at("app.tgz"), "--no-sign"];
		return JSON.parse(await pvpkg(...args)).packages[0].rootfs.sha256;
	}

	async function pvpkg(...args: readonly string[]): Promise<string> {
		const env = { DOCKER_HOST: `unix://${at("engine.sock")}` };
		const { code, stdout, stderr } = await place.run([...args, "--no-cache", "--json"], { env });
		expect(code, stderr).toBe(0);
		return stdout;
	}

	test.each(SOURCES)("by mksquashfs and by export: %s", async (_, template) => {
		const source = template.replace("HOST", registry.host).replace("AT", work);
		expect(await squashfs(source)).toBe(expected);
		expect(await packaged(source)).toBe(expected);
	});
});
