import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { DockerRegistry } from "../support/docker-registry.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { have, isRoot, run, runBeside } from "../support/programs.js";
import { tarball } from "../support/tar-builder.js";
import { characterDevice, dir, fifo, file, hardlink, symlink } from "../support/tar-members.js";
import { zipFile } from "../support/zip-file.js";

// One image, wherever it comes from, is one `root.squashfs`.

const PROGRAMS = ["docker-registry", "skopeo", "umoci"];
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
		dir("dev/", 0o755, time),
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

describe.skipIf(!isRoot || !PROGRAMS.every(have))("the same root.squashfs (root)", () => {
	let work: string;
	let place: Workplace;
	let registry: DockerRegistry;
	const at = (...path: string[]): string => join(work, ...path);
	const copy = (...args: readonly string[]) =>
		runBeside("skopeo", "copy", "-q", "--insecure-policy", ...args);

	beforeAll(async () => {
		work = mkdtempSync(join(tmpdir(), "same-bytes-"));
		place = new Workplace();
		mkdirSync(at("registry"));
		registry = await DockerRegistry.start(at("registry"));
		const layout = new LayoutDirectory(at("layout"));
		const stored = layers.map((archive, layer) => ({ archive, gzip: layer === 0 }));
		const config = { Cmd: ["/bin/app"], WorkingDir: "/data" };
		layout.tag("1", [layout.addImage({ os: "linux", architecture: "amd64" }, stored, config)]);
		const from = `oci:${layout.directory}:1`;
		await copy("--dest-tls-verify=false", from, `docker://${registry.host}/app:1`);
		await copy(from, `oci-archive:${at("oci.tar")}:1`);
		await copy(from, `docker-archive:${at("docker.tar")}:team/app:1`);
		run("umoci", "unpack", "--image", `${layout.directory}:1`, at("bundle"));
		run("tar", "--numeric-owner", "-C", at("bundle/rootfs"), "-cf", at("rootfs.tar"), ".");
		for (const name of ["oci", "docker", "rootfs"]) {
			const zip = await zipFile({ "build/app.tar": readFileSync(at(`${name}.tar`)) });
			writeFileSync(at(`${name}.zip`), zip);
		}
	});
	afterAll(async () => {
		await registry.close();
		place.remove();
		rmSync(work, { recursive: true, force: true });
	});

	/** Where the image is to be had. */
	const images = (): readonly (readonly [string, string])[] => [
		["registry", `${registry.host}/app:1`],
		["layout", `oci:${at("layout")}:1`],
		["oci-archive", `oci-archive:${at("oci.tar")}`],
		["docker-archive", `docker-archive:${at("docker.tar")}`],
		["oci-archive in a zip", `oci-archive:${at("oci.zip")}//build/app.tar`],
		["docker-archive in a zip", `docker-archive:${at("docker.zip")}//build/app.tar`],
	];

	test("in packages, from every source of images", async () => {
		const digests = new Map<string, string>();
		for (const [name, image] of images()) {
			const args = ["export", image, "app", "-o", `${at("out")}/`, "--no-cache", "--json", "-q", "--no-sign"];
			const { code, stdout, stderr } = await place.run(args);
			expect(`${name} ${code} ${stderr}`).toBe(`${name} 0 `);
			digests.set(name, JSON.parse(stdout).packages[0].rootfs.sha256);
		}
		expect(digests).toEqual(new Map(images().map(([name]) => [name, digests.get("registry")])));
	}, 240_000);

	test("by the mksquashfs command, from the flattened tree too", async () => {
		const digests = new Map<string, string>();
		const flattened = [
			["directory", `dir:${at("bundle/rootfs")}`],
			["archive", `tar:${at("rootfs.tar")}`],
			["archive in a zip", `tar:${at("rootfs.zip")}//build/app.tar`],
		] as const;
		for (const [name, source] of [images()[0]!, images()[3]!, ...flattened]) {
			const args = ["mksquashfs", source, at("root.squashfs"), "--no-cache"];
			expect(`${name} ${(await place.run(args)).code}`).toBe(`${name} 0`);
			digests.set(
				name,
				createHash("sha256")
					.update(readFileSync(at("root.squashfs")))
					.digest("hex"),
			);
		}
		expect(digests.size).toBe(5);
		expect(new Set(digests.values()).size, JSON.stringify([...digests])).toBe(1);
	}, 240_000);
});
