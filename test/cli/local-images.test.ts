import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { oldDockerMembers } from "../support/docker-archive.js";
import { layoutFiles, sampleImage } from "../support/image-layout.js";
import { type TarHeader, tarball } from "../support/tar-builder.js";

// What a path on this machine really is decides, whatever stands in front of it.

const image = sampleImage("local");
const layout = [...layoutFiles([{ image }])];
const inTar = (prefix = ""): TarHeader[] =>
	layout.map(([path, body]) => ({ path: `${prefix}${path}`, body }));

let place: Workplace;
beforeEach(() => {
	place = new Workplace();
	for (const [path, body] of layout) save(`layout/${path}`, body);
	save("oci.tar", tarball(...inTar()));
	save("around.tgz", gzipSync(tarball({ path: "image/", type: "5" }, ...inTar("image/"))));
	save("docker.tar", tarball(...oldDockerMembers([{ image, tags: ["app:1"] }])));
	save("docker.tar.gz", gzipSync(tarball(...oldDockerMembers([{ image, tags: ["app:1"] }]))));
	saveContainersDirectory("skopeo");
	save("tree/bin/app", "#!/bin/sh\n");
	save("rootfs.tar", tarball({ path: "bin/", type: "5" }, { path: "bin/app", body: "x" }));
});
afterEach(() => place.remove());

function save(name: string, body: string | Uint8Array): void {
	mkdirSync(dirname(place.path(name)), { recursive: true });
	writeFileSync(place.path(name), body);
}

/** As skopeo writes it. */
function saveContainersDirectory(name: string): void {
	save(`${name}/version`, "Directory Transport Version: 1.1\n");
	for (const [path, body] of image.blobs) {
		const hex = path.slice(path.lastIndexOf("/") + 1);
		save(`${name}/${image.manifest.digest.endsWith(hex) ? "manifest.json" : hex}`, body);
	}
}

async function exported(text: string) {
	const args = ["export", text, "app", "-o", "app.tgz", "--no-sign", "--json"];
	const result = await place.run(args, { env: { PVPKG_TIER: "fast" } });
	return { ...result, document: JSON.parse(result.stdout || "{}") };
}

test.each([
	["./layout", "oci:./layout"],
	["layout", "oci:layout"],
	["./oci.tar", "oci-archive:./oci.tar"],
	["around.tgz", "oci-archive:around.tgz"],
	["./docker.tar", "docker-archive:./docker.tar"],
	["docker.tar.gz", "docker-archive:docker.tar.gz"],
	["./skopeo", "dir:./skopeo"],
	["dir:skopeo", "dir:skopeo"],
])("export %s takes it as %s, and build would find it again", async (text, recorded) => {
	const { code, stderr, document } = await exported(text);
	expect(code, stderr).toBe(0);
	expect(document.packages).toHaveLength(1);
	const { stdout } = await place.run(["inspect", "app.tgz", "--state", "--json"]);
	expect(JSON.parse(stdout).state["app/src.json"].docker_name).toBe(recorded);
});

describe("a wrong prefix is an error that says the right one", () => {
	test.each([
		["dir:layout", "an OCI image layout: oci:layout"],
		["tar:oci.tar", "oci-archive:"],
		["tar:around.tgz", "oci-archive:"],
		["tar:docker.tar", "docker-archive:"],
		["tar:docker.tar.gz", "docker-archive:"],
		["oci:oci.tar", "oci-archive:oci.tar"],
		["oci-archive:layout", "oci:layout"],
		["docker-archive:oci.tar", "oci-archive:oci.tar"],
		["oci-archive:docker.tar", "docker-archive:docker.tar"],
		["oci:tree", "dir:tree"],
		["docker-archive:rootfs.tar", "tar:rootfs.tar"],
		["./tree", "dir:./tree"],
		["tree", "dir:tree; an image of that name is docker.io/library/tree"],
		["./rootfs.tar", "tar:./rootfs.tar"],
		["./nothing.tar", "there is no such file"],
		["containers-storage:app:1", "podman save"],
	])("export %s: %s", async (text, hint) => {
		const args = text.startsWith("dir:") || text.startsWith("tar:") ? ["-p", "linux/amd64"] : [];
		const { code, stderr, stdout } = await place.run([
			"export",
			text,
			"app",
			"-o",
			"app.tgz",
			"--no-sign",
			...args,
		]);
		expect(stdout + stderr).toContain(hint);
		expect([3, 4]).toContain(code);
		expect(existsSync(place.path("app.tgz"))).toBe(false);
	});

	test.each(["dir:layout", "tar:oci.tar"])("install records nothing of %s", async (text) => {
		const { code } = await place.run(["install", "-p", "linux/amd64", text, "app"]);
		expect(code).toBe(3);
		expect(existsSync(place.path("pvpkg"))).toBe(false);
	});

	test("an archive packed by xz or bzip2 is named as what it is", async () => {
		save("image.tar.xz", Buffer.from("fd377a585a000004e6d6b446", "hex"));
		save("image.tar.bz2", Buffer.from("425a6839314159265359", "hex"));
		for (const [name, packing] of [
			["image.tar.xz", "xz"],
			["image.tar.bz2", "bzip2"],
		]) {
			for (const prefix of ["./", "oci-archive:", "docker-archive:", "tar:"]) {
				const { code, stderr } = await place.run(["mksquashfs", `${prefix}${name}`, "out.squashfs"]);
				expect(stderr).toContain(`got ${packing} (unpack it first: ${packing} -d)`);
				expect(code).toBe(3);
			}
		}
	});
});

test.each(["tree", "./tree", "rootfs.tar", "./layout", "docker.tar", "skopeo"])(
	"mksquashfs takes the path %s for what it is",
	async (path) => {
		const { code, stderr } = await place.run(["mksquashfs", path, "out.squashfs", "-comp", "gzip"]);
		expect(code, stderr).toBe(0);
	},
);

test("a container of a checkout does not hide the image of its name", async () => {
	save("mosquitto/src.json", "{}");
	const { stderr } = await place.run(["pull", "mosquitto", "--offline"]);
	expect(stderr).toContain("not in the content store");
});

test("a skippable frame in front of zstd data is passed over, as pzstd writes it", async () => {
	const frames = Buffer.concat([Buffer.from("502a4d180400000041414141", "hex"), zstd(tarball(...inTar()))]);
	save("pzstd.tar.zst", frames);
	renameSync(place.path("layout"), place.path("away"));
	const { code, stderr } = await exported("./pzstd.tar.zst");
	expect(code, stderr).toBe(0);
});

/** One frame of raw blocks (RFC 8878 3.1.1). */
function zstd(content: Uint8Array): Buffer {
	const blocks: Buffer[] = [Buffer.from("28b52ffd00", "hex"), Buffer.of(0x50)];
	for (let at = 0; at < content.length; at += 1 << 16) {
		const block = content.subarray(at, at + (1 << 16));
		const header = (block.length << 3) | (at + block.length >= content.length ? 1 : 0);
		blocks.push(Buffer.of(header & 255, (header >> 8) & 255, header >> 16), Buffer.from(block));
	}
	return Buffer.concat(blocks);
}
