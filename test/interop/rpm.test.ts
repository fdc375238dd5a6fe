import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

const PLACE = "usr/lib/sysimage/rpm";
/** Of a package: file names and a changelog that do not fit a page. */
const spec = (name: string, more: string): string => `Name: ${name}
Version: 1.2
Release: 3
Summary: a test
License: MIT AND BSD-3-Clause
${more}
%description
${"text of a description\n".repeat(400)}
%install
mkdir -p %{buildroot}/usr/share/${name}
for i in $(seq 300); do touch %{buildroot}/usr/share/${name}/file-$i; done
%files
/usr/share/${name}
`;

needs("rpmbuild").describe("rpm", () => {
	let work: string;
	const at = (...path: string[]): string => join(work, ...path);

	beforeAll(() => {
		work = mkdtempSync(join(tmpdir(), "pvpkg-rpm-"));
		const packages = { one: "Requires: two", two: "Epoch: 7\nProvides: other", three: "BuildArch: noarch" };
		for (const [name, more] of Object.entries(packages)) {
			writeFileSync(at(`${name}.spec`), spec(name, more));
			run("rpmbuild", "-bb", "--quiet", "--define", `_topdir ${at("build")}`, at(`${name}.spec`));
		}
	});
	afterAll(() => rmSync(work, { recursive: true, force: true }));

	/** Installs the packages into a database; returns its files and what rpm lists. */
	function install(): { files: Record<string, Buffer>; listed: string[] } {
		const directory = at("database");
		mkdirSync(directory);
		const options = ["--dbpath", directory, "--define", "_db_backend sqlite"];
		const packages = readdirSync(at("build/RPMS"), { recursive: true, encoding: "utf8" })
			.filter((path) => path.endsWith(".rpm"))
			.map((path) => at("build/RPMS", path));
		run("rpm", ...options, "-i", "--justdb", "--nodeps", "--nosignature", ...packages);
		const format = "%{NAME} %{VERSION}-%{RELEASE} %{EPOCH} %{ARCH} %{LICENSE}\\n";
		const listed = run("rpm", ...options, "-qa", "--qf", format)
			.trimEnd()
			.split("\n");
		const files = readdirSync(directory).map((name): [string, Buffer] => [
			`${PLACE}/${name}`,
			readFileSync(join(directory, name)),
		]);
		return { files: Object.fromEntries(files), listed };
	}

	test("the packages of a SQLite database are those that rpm -qa lists", () => {
		const { files, listed } = install();
		const { components, incomplete } = catalogueOf(files);
		const found = components.map(({ name, version, qualifiers: { epoch = "(none)", arch }, licence }) => {
			return `${name} ${version} ${epoch} ${arch} ${licence}`;
		});
		expect(found.sort()).toEqual(listed.sort());
		expect(found).toHaveLength(3);
		expect(incomplete).toEqual([]);
		const one = components.find(({ name }) => name === "one")!;
		expect(one.requires.map((index) => components[index]!.name)).toEqual(["two"]);
	});
});
