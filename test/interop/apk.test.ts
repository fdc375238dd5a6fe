import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

/** Packages that are made and installed: members of `apk mkpkg --info`. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
	one: ["version:1.0_p1-r0", "license:BSD-3-Clause AND MIT", "origin:source", "depends:two", "arch:x86_64"],
	two: ["version:2.1-r3", "license:MIT", "arch:x86_64"],
	three: ["version:3-r0", "arch:noarch", "provides:so:libx.so.1=1"],
};

// apk of apk-tools 3, which makes packages as well; Debian has none.
needs("apk").describe("apk", () => {
	let work: string;
	const at = (...path: string[]): string => join(work, ...path);
	const inRoot = (...args: string[]): string =>
		run("apk", "--root", at("root"), "--arch", "x86_64", "--repositories-file", "/dev/null", ...args);

	beforeAll(() => {
		work = mkdtempSync(join(tmpdir(), "pvpkg-apk-"));
		for (const [name, members] of Object.entries(PACKAGES)) {
			mkdirSync(at(name, "usr/share", name), { recursive: true });
			writeFileSync(at(name, "usr/share", name, "file"), name);
			const info = [`name:${name}`, ...members].flatMap((member) => ["--info", member]);
			run("apk", "mkpkg", ...info, "--files", at(name), "--output", at(`${name}.apk`));
		}
		const files = Object.keys(PACKAGES).map((name) => at(`${name}.apk`));
		inRoot("--initdb", "--allow-untrusted", "--no-network", "--no-scripts", "add", ...files);
	});
	afterAll(() => rmSync(work, { recursive: true, force: true }));

	test("the packages of a database are those that apk info -v lists, with what they depend on", () => {
		const path = "lib/apk/db/installed";
		const { components, incomplete } = catalogueOf({ [path]: readFileSync(at("root", path)) });
		const listed = inRoot("info", "-v").trimEnd().split("\n");
		expect(components.map(({ name, version }) => `${name}-${version}`).sort()).toEqual(listed.sort());
		expect(listed).toHaveLength(3);
		expect(incomplete).toEqual([]);
		const one = components.find(({ name }) => name === "one")!;
		expect(one.requires.map((index) => components[index]!.name)).toEqual(["two"]);
		expect(one.licence).toBe("BSD-3-Clause AND MIT");
	});
});
