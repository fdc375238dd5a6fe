import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../support/programs.js";

describe("the release (npm)", () => {
	let directory: string;
	beforeAll(() => {
		directory = mkdtempSync(join(tmpdir(), "pvpkg-release-"));
		for (const name of ["one", "two"]) run("bash", ".ci/release", join(directory, name));
	});
	afterAll(() => rmSync(directory, { recursive: true }));

	const tarball = (name: string): string => {
		const found = readdirSync(join(directory, name)).find((file) => file.endsWith(".tgz"));
		return join(directory, name, found!);
	};

	test("has the same bytes when it is made again", () => {
		expect(readFileSync(tarball("two")).equals(readFileSync(tarball("one")))).toBe(true);
		const sums = readFileSync(join(directory, "one/SHA256SUMS"), "utf8");
		expect(sums).toMatch(/^[0-9a-f]{64} {2}pvpkg-\d+\.\d+\.\d+\.tgz\n$/);
	});

	test("is installed without the network, and its three programs run", () => {
		const prefix = join(directory, "prefix");
		run("npm", "install", "--silent", "--global", "--offline", "--prefix", prefix, tarball("one"));
		const program = (name: string): string => join(prefix, "bin", name);
		const { version } = JSON.parse(readFileSync("package.json", "utf8"));
		expect(run(program("pvpkg"), "--version").trim()).toBe(version);
		expect(run(program("pvpkg_install"), "--help")).toContain("Usage: pvpkg install");
		expect(run(program("build_exports"), "--help")).toContain("Usage: pvpkg build");
	});
});
