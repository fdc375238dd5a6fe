import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { tarball } from "../support/tar-builder.js";
import { characterDevice, file, symlink, xattr } from "../support/tar-members.js";

/** A file capability of revision 2. */
const CAPABILITY = Buffer.from(`01000002${"00".repeat(16)}`, "hex");

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	writeFileSync(
		place.path("rootfs.tar"),
		tarball(
			symlink("bin/sh", "busybox"),
			characterDevice("dev/null", 1, 3),
			file("bin/ping", "x", { mode: 0o755, ...xattr("security.capability", CAPABILITY) }),
			...Array.from({ length: 10 }, (_, at) =>
				file(`acl/${at}`, "", { pax: { "SCHILY.acl.access": "user::rw-" } }),
			),
		),
	);
	await run("export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "os.tgz");
});
afterAll(() => place.remove());

const run = (...args: readonly string[]) => place.run(args, { env: { PVPKG_TIER: "fast" } });

test.each(["app", "cache", "sig"])("the help of %s has an example", async (name) => {
	const { code, stdout } = await run(name, "--help");
	expect(code).toBe(0);
	expect(stdout).toMatch(new RegExp(`\nExample:\n  pvpkg ${name} `));
});

test.each(["export", "install", "pull"])("the help of %s says what IMAGE may be", async (name) => {
	const words = (await run(name, "--help")).stdout.replaceAll(/\s+/g, " ");
	for (const source of ["oci:DIR", "oci-archive:FILE", "docker-archive:FILE", "docker-daemon:NAME", ".zip"])
		expect(words).toContain(source);
	for (const source of ["dir:DIR", "tar:FILE"]) expect(words.includes(source)).toBe(name !== "pull");
});

describe("inspect --tree", () => {
	test("shows targets, devices and the names of extended attributes", async () => {
		const { stdout } = await run("inspect", "os.tgz", "--tree");
		const lines = stdout.split("\n").filter((line) => line.includes(" /"));
		const ending = (text: string) => lines.find((line) => line.endsWith(text));
		expect(ending("/bin/sh -> busybox (symlink)")).toMatch(/^0777 +0:0 +- /);
		expect(ending("/dev/null (character-device)")).toMatch(/ 1:3 +\//);
		expect(ending("/bin/ping (file) security.capability")).toMatch(/^0755 +0:0 +1 /);
	});

	test("has them in the JSON document, where there are any", async () => {
		const { trees } = JSON.parse((await run("inspect", "os.tgz", "--tree", "--json")).stdout);
		const entries = new Map<string, object>(
			trees["os/root.squashfs"].map((entry: { path: string }) => [entry.path, entry]),
		);
		expect(entries.get("bin/sh")).toMatchObject({ target: "busybox" });
		expect(entries.get("dev/null")).toMatchObject({ device: "1:3" });
		expect(entries.get("bin/ping")).toMatchObject({ xattrs: ["security.capability"] });
		expect(Object.keys(entries.get("acl/0")!)).toEqual(["path", "kind", "mode", "uid", "gid", "size"]);
	});
});

describe("warnings of one kind", () => {
	const warnings = async (...flags: readonly string[]) => {
		const { stderr } = await run("mksquashfs", "tar:rootfs.tar", "out.squashfs", ...flags);
		return stderr.split("\n").filter((line) => line.startsWith("warning: "));
	};

	test("are told three times, and how many there are more", async () => {
		const lines = await warnings();
		expect(lines).toHaveLength(4);
		expect(lines[0]).toContain("acl/0 at byte 4096: ignored SCHILY.acl.access");
		expect(lines[3]).toBe("warning: and 7 more: ignored SCHILY.acl.access (--verbose shows all)");
	});

	test("all of them with --verbose", async () => {
		expect(await warnings("--verbose")).toHaveLength(10);
	});
});

describe("what makes no good package", () => {
	const exporting = (...flags: readonly string[]) =>
		run("export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "other.tgz", ...flags);

	test("an image without padding is refused", async () => {
		const { code, stderr } = await exporting("--format-options", "-nopad");
		expect(stderr).toContain("-nopad: devices cannot mount an image that is not padded");
		expect(code).toBe(3);
	});

	test("an overlay that holds _config itself is warned of", async () => {
		mkdirSync(place.path("over/_config/os"), { recursive: true });
		writeFileSync(place.path("over/_config/os/motd"), "hello");
		const { code, stderr } = await exporting("--overlay", "over");
		expect(code, stderr).toBe(0);
		expect(stderr).toContain("_config/os/motd becomes _config/NAME/_config/os/motd");
		expect((await exporting("--overlay", "over/_config/os")).stderr).not.toContain("becomes");
	});
});
