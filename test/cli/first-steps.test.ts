import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

// What somebody meets who uses the program for the first time.

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	writeFileSync(place.path("rootfs.tar"), tarball(file("etc/motd", "hello")));
	writeFileSync(
		place.path("notes.txt"),
		"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
	);
	writeFileSync(place.path("config"), "CONFIG_BLOCK=y\n# CONFIG_SQUASHFS is not set\n");
	mkdirSync(place.path("out"));
	mkdirSync(place.path("layout"));
	writeFileSync(place.path("layout/oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
	const { code, stderr } = await run("export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "out/");
	expect(code, stderr).toBe(0);
});
afterAll(() => place.remove());

const run = (...args: readonly string[]) => place.run(args, { env: { PVPKG_TIER: "fast" } });

describe("a wrong command line", () => {
	test("is reported by the program's name, as every other error", async () => {
		expect((await run("exprot")).stderr).toMatch(
			/^pvpkg: unknown command 'exprot'\n\(Did you mean export\?\)/,
		);
		expect((await run("export")).stderr).toMatch(/^pvpkg: missing required argument 'image'\n/);
	});

	test("version is --version, as for pvr", async () => {
		expect(await run("version")).toEqual(await run("--version"));
	});

	test.each([
		[
			["export", "tar:rootfs.tar"],
			"expected a name for its container after an image (pvpkg export IMAGE NAME)",
		],
		[["push", "pantavisor.local", "out/os.amd64.tgz"], "such as http://pantavisor.local"],
	])("%j says what to write", async (args, message) => {
		const { code, stderr } = await run(...args);
		expect([code !== 0, stderr]).toEqual([true, expect.stringContaining(message)]);
	});

	test("the name of an archive that is not there is not silently one of an image", async () => {
		const { code, stderr } = await run("export", "rootsf.tar", "os", "--offline");
		expect([code, stderr]).toEqual([4, expect.stringContaining("rootsf.tar: no file has this name")]);
	});
});

describe("what is not a package", () => {
	test.each([
		["out", 4, "expected .pvr/json, got none; it has packages, such as out/os.amd64.tgz"],
		["layout", 4, "it is an OCI image layout (pvpkg image inspect oci:layout)"],
		["notes.txt", 3, "notes.txt: read package: expected a package, got a file that is not a tar archive"],
	])("%s is named for what it is", async (path, expected, message) => {
		for (const command of ["verify", "inspect"]) {
			const { code, stderr } = await run(command, path);
			expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
		}
	});
});

describe("verify", () => {
	test("of several packages prints an error once, and the package in the table", async () => {
		const { code, stdout, stderr } = await run("verify", "nothing.tgz", "out/os.amd64.tgz");
		expect([code, stderr]).toEqual([4, "pvpkg: nothing.tgz: open: it does not exist\n"]);
		expect(stdout).toMatch(/\nnothing\.tgz +could not be read +- +-\n$/);
	});

	test("prints only faults and verdicts with --quiet", async () => {
		const path = "out/os.amd64.tgz";
		const { stdout } = await run("verify", "-q", path, path, "--pubkey", "public.pem");
		expect(stdout).toBe(`${path}: sound, trusted by public.pem\n`.repeat(2));
		const { stdout: faults } = await run(
			"verify",
			"-q",
			path,
			"--pubkey",
			"public.pem",
			"--kernel-config",
			"config",
		);
		expect(faults).toMatch(/^error: .*\nout\/os\.amd64\.tgz: not sound\n$/s);
	});
});

describe("standard output", () => {
	test.each([
		[["sign", "out/os.amd64.tgz", "-o", "-"], "--output"],
		[["inspect", "out/os.amd64.tgz", "--sizes", "--html", "-"], "--html"],
	])("%j makes no file that is called -", async (args, option) => {
		const { code, stderr } = await run(...args);
		expect([code, stderr]).toEqual([
			2,
			expect.stringMatching(`^pvpkg: ${option}: expected a file.*, got - `),
		]);
	});

	/** Runs its arguments with a terminal as standard input, output and error. */
	const TERMINAL = ["python3", "-c", "import pty,sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"];

	needs("python3").test("takes no package where it is a terminal", async () => {
		const args = ["export", "tar:rootfs.tar", "os", "-p", "amd64", "-o", "-"];
		const { code, stdout } = await place.run(args, { wrapper: TERMINAL });
		expect(code).toBe(2);
		expect(stdout).toContain("standard output: write package: expected a pipe or a file, got a terminal");
	});
});
