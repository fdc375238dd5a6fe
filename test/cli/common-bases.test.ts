import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { parsePlatform } from "../../src/image/oci/index.js";
import { Workplace } from "../support/command-line.js";
import { LayoutDirectory } from "../support/layout-directory.js";
import { tarball } from "../support/tar-builder.js";
import { characterDevice, dir, file, hardlink, symlink } from "../support/tar-members.js";

// Containers on two bases, for two platforms: the layers of a base are applied once for all of them.

const CONTAINERS = ["a", "b", "c", "d"];
const LABELS = { amd64: "linux/amd64", arm64v8: "linux/arm64" };

let place: Workplace;
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

/** A base without programs, so that it serves every platform; its device is left out with a warning. */
const base = (number: number): Uint8Array =>
	tarball(
		dir("etc"),
		file("etc/os", `base ${number}`),
		hardlink("etc/release", "etc/os"),
		dir("usr"),
		dir("usr/lib"),
		file("usr/lib/c", "library"),
		symlink("lib", "usr/lib"),
		characterDevice("dev/null", 0, 0),
	);

/** Changes what the base brought: through a symlink, a hard link, by whiteouts and attributes. */
const own = (name: string, label: string): Uint8Array =>
	tarball(
		dir("etc", 0o711),
		name < "c" ? file("etc/.wh.os") : file("etc/os", name),
		file("lib/own", `${name} ${label}`),
		hardlink("srv/link", "usr/lib/c"),
		...(name === "d" ? [file("usr/.wh..wh..opq")] : []),
	);

async function pvpkg(...args: readonly string[]): Promise<string> {
	const { code, stderr } = await place.run(args);
	expect(code, stderr).toBe(0);
	return stderr;
}

async function installAll(): Promise<void> {
	for (const [i, name] of CONTAINERS.entries()) {
		const layout = new LayoutDirectory(place.path(name));
		const images = Object.entries(LABELS).map(([label, platform]) =>
			layout.addImage(parsePlatform(platform), [{ archive: base(i % 2) }, { archive: own(name, label) }]),
		);
		layout.tag("1", images);
		await pvpkg("install", "-p", Object.values(LABELS).join(), `oci:${name}:1`, name);
	}
}

const build = (...labels: readonly string[]) =>
	place.run(["build", ...labels, "--no-sign", "--no-cache", "--verbose", "--name-template", "app.$ARCH.tgz"]);

/** The warning about the device of a base. */
const leftOut = (platform: string) =>
	new RegExp(`warning: ${platform}: layer \\S+ dev/null: device 0:0`, "g");

const packages = () =>
	Object.keys(LABELS).map((label) => sha256Hex(readFileSync(place.path(`releases/app.${label}.tgz`))));

const imageOf = (name: string) => sha256Hex(readFileSync(place.path(`releases/amd64/${name}/root.squashfs`)));

/** Builds one container of amd64 as if the project had no other. */
async function buildAlone(name: string): Promise<{ code: number | null; stderr: string }> {
	const [directory, aside] = [place.path("pvpkg/amd64"), place.path("aside")];
	renameSync(directory, aside);
	mkdirSync(directory);
	renameSync(join(aside, name), join(directory, name));
	const result = await build("amd64");
	renameSync(join(directory, name), join(aside, name));
	rmSync(directory, { recursive: true });
	renameSync(aside, directory);
	return result;
}

test("a project gives the bytes of each label and of containers alone, and the warnings of each label", async () => {
	await installAll();
	const all = await build();
	expect(all.code, all.stderr).toBe(0);
	for (const platform of Object.values(LABELS)) {
		expect(all.stderr.match(leftOut(platform)), platform).toHaveLength(2);
	}
	const together = packages();
	const images = CONTAINERS.map(imageOf);
	expect(new Set(images).size).toBe(CONTAINERS.length);
	rmSync(place.path("releases"), { recursive: true });
	for (const label of Object.keys(LABELS).toReversed()) expect((await build(label)).code).toBe(0);
	expect(packages()).toEqual(together);
	for (const name of ["b", "d"]) {
		const { code, stderr } = await buildAlone(name);
		expect(code, stderr).toBe(0);
		expect(imageOf(name)).toBe(images[CONTAINERS.indexOf(name)]);
	}
});

test("a damaged base is reported for the first container that has it, and by its name", async () => {
	await installAll();
	const damaged = base(0);
	damaged[600] = damaged[600]! ^ 1;
	const blob = `blobs/sha256/${sha256Hex(base(0))}`;
	for (const name of ["a", "c"]) writeFileSync(place.path(`${name}/${blob}`), damaged);
	const all = await build();
	expect(all).toMatchObject({ code: 3, stderr: expect.stringContaining("pvpkg: a: check digest") });
	expect(existsSync(place.path("releases"))).toBe(false);
	for (const name of ["a", "c"]) {
		const { code, stderr } = await buildAlone(name);
		expect(stderr).toContain(`pvpkg: ${name}: check digest: the ${damaged.length} bytes are wrong`);
		expect(code).toBe(3);
	}
});
