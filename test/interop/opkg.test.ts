import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogueOf, requirementsOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

/** Packages that are made and installed: their control files. */
const PACKAGES: Readonly<Record<string, string>> = {
	one: "Package: one\nVersion: 1.0-2\nDepends: two, four\nLicense: MIT\nArchitecture: all\n",
	two: "Package: two\nVersion: 2:2.1~rc1-r3\nArchitecture: all\nDescription: of four lines\n \n the third\n \n",
	three: "Package: three\nVersion: 0:3\nProvides: four\nABIVersion: 2\nArchitecture: all\n",
	held: "Package: held\nVersion: 0.1+git20240101-1\nArchitecture: all\nCPE-ID: cpe:/a:vendor:held\n",
	gone: "Package: gone\nVersion: 4\nConffiles:\n /etc/gone.conf\nArchitecture: all\n",
	refused: "Package: refused\nVersion: 5\nArchitecture: all\n",
};
/** A package with this script stays unpacked; opkg lists it as installed. */
const FAILS = "#!/bin/sh\nexit 1\n";

// Debian has no opkg: OpenWrt's (opkg-lede) and Yocto's are built by hand, and both pass.
needs("opkg").describe("opkg", () => {
	let work: string;
	const at = (...path: string[]): string => join(work, ...path);
	const inRoot = (...args: string[]): string =>
		run("opkg", "--offline-root", at("root"), "--conf", at("root/etc/opkg.conf"), ...args);

	beforeAll(() => {
		work = mkdtempSync(join(tmpdir(), "pvpkg-opkg-"));
		for (const path of ["etc", "tmp", "run", "var/lock", "usr/lib"]) {
			mkdirSync(at("root", path), { recursive: true });
		}
		writeFileSync(at("root/etc/opkg.conf"), "dest root /\narch all 1\n");
		for (const [name, control] of Object.entries(PACKAGES)) makePackage(name, control);
		const files = Object.keys(PACKAGES).map((name) => at(`${name}.ipk`));
		try {
			inRoot("install", ...files);
		} catch (error) {
			// OpenWrt's opkg runs the script that fails, and says so when everything else is done.
			expect(String(error)).toContain("refused");
		}
		inRoot("remove", "gone");
		inRoot("flag", "hold", "held");
	});
	afterAll(() => rmSync(work, { recursive: true, force: true }));

	/** A package file: a tar of two tars, as OpenWrt makes them. */
	function makePackage(name: string, control: string): void {
		for (const path of ["control", "data/etc", `data/usr/share/${name}`]) {
			mkdirSync(at(name, path), { recursive: true });
		}
		writeFileSync(at(name, "control/control"), control);
		if (name === "refused") writeFileSync(at(name, "control/postinst"), FAILS, { mode: 0o755 });
		writeFileSync(at(name, `data/etc/${name}.conf`), name);
		writeFileSync(at(name, `data/usr/share/${name}/file`), name);
		writeFileSync(at(name, "debian-binary"), "2.0\n");
		for (const part of ["control", "data"]) {
			run("tar", "-czf", at(name, `${part}.tar.gz`), "-C", at(name, part), ".");
		}
		const members = ["debian-binary", "data.tar.gz", "control.tar.gz"].map((member) => `./${member}`);
		run("tar", "-czf", at(`${name}.ipk`), "-C", at(name), ...members);
	}

	/** The databases of the root: the status, control files and file lists. */
	function databaseFiles(): Record<string, Buffer> {
		const paths = readdirSync(at("root"), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && /\/lib\/opkg(?:\/info)?$/.test(entry.parentPath))
			.map((entry) => join(entry.parentPath, entry.name));
		return Object.fromEntries(paths.map((path) => [path.slice(at("root/").length), readFileSync(path)]));
	}

	test("the packages of a root are those that opkg list-installed lists, with what they depend on", () => {
		const catalogue = catalogueOf(databaseFiles());
		const listed = inRoot("list-installed").trimEnd().split("\n");
		expect(catalogue.components.map(({ name, version }) => `${name} - ${version}`).sort()).toEqual(
			listed.sort(),
		);
		expect(listed).toEqual(expect.arrayContaining(["refused - 5", "two - 2:2.1~rc1-r3"]));
		expect(listed).toHaveLength(5);
		expect(catalogue.incomplete).toEqual([]);
		expect(requirementsOf(catalogue, "one")).toEqual(["three", "two"]);
	});

	test("control files, of which the status has no copy, say the licence and the CPE", () => {
		const { components } = catalogueOf(databaseFiles());
		const said = components.map(({ name, licence, cpe }) => [name, licence, cpe]);
		expect(said).toContainEqual(["one", "MIT", undefined]);
		expect(said).toContainEqual(["held", undefined, "cpe:/a:vendor:held"]);
	});
});
