import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { catalogueFiles } from "../../src/evidence/catalogue/index.js";
import { displayByteString, utf8ByteString } from "../../src/ground/bytes/index.js";
import { catalogueOf, treeOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

const STATUS = "/var/lib/dpkg/status";
const INFO = "/var/lib/dpkg/info";
/** dpkg-query's format for these fields. */
const format = (...fields: readonly string[]): string =>
	`${fields.map((name) => `\${${name}}`).join(" ")}\\n`;

/** Builds a package of files whose content is its name; returns the path of its archive. */
function packageOf(root: string, name: string, paths: readonly string[]): string {
	const source = join(root, `build-${name}`);
	for (const path of paths) {
		mkdirSync(join(source, path, ".."), { recursive: true });
		writeFileSync(join(source, path), name);
	}
	mkdirSync(join(source, "DEBIAN"), { mode: 0o755 });
	const control = { Package: name, Version: "1", Architecture: "all", Maintainer: "m", Description: "d" };
	const lines = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`);
	writeFileSync(join(source, "DEBIAN/control"), lines.join(""));
	run("dpkg-deb", "--build", source, `${source}.deb`);
	rmSync(source, { recursive: true });
	return `${source}.deb`;
}

needs("dpkg-query").describe("dpkg-query", () => {
	test("the packages of this machine are those that dpkg-query lists", () => {
		const listed = run(
			"dpkg-query",
			"-W",
			"-f",
			format("db:Status-Status", "Package", "Version", "Architecture"),
		)
			.trimEnd()
			.split("\n");
		const installed = listed.filter((line) => line.startsWith("installed ")).map((line) => line.slice(10));
		const { components, incomplete } = catalogueOf({ "var/lib/dpkg/status": readFileSync(STATUS) });
		const found = components.map(({ name, version, qualifiers }) => `${name} ${version} ${qualifiers.arch}`);
		expect(found.sort()).toEqual(installed.sort());
		expect(incomplete).toEqual([]);
		expect(found.length).toBeGreaterThan(20);
	});

	test("a file belongs to a package that dpkg-query finds for it", () => {
		const lines = run("dpkg-query", "-S", "/usr/bin/*").trimEnd().split("\n");
		const diverted = new Set(lines.flatMap((line) => /^diversion by .*: (.*)$/.exec(line)?.[1] ?? []));
		const found = lines.flatMap((line): [path: string, packages: string[]][] => {
			const [, packages = "", path = ""] = /^([^ :,]+(?::[^ :,]+)?(?:, [^ ]+)*): \/(.*)$/.exec(line) ?? [];
			const names = packages.split(", ").map((each) => each.split(":")[0]!);
			return path === "" || diverted.has(`/${path}`)
				? []
				: [[displayByteString(utf8ByteString(path)), names]];
		});
		const lists = readdirSync(INFO).filter((name) => name.endsWith(".list"));
		const tree = treeOf({
			"var/lib/dpkg/status": readFileSync(STATUS),
			...Object.fromEntries(
				lists.map((name) => [`var/lib/dpkg/info/${name}`, readFileSync(join(INFO, name))]),
			),
		});
		const { catalogue, owners } = catalogueFiles(
			tree,
			found.map(([path]) => path),
		);
		const wrong = found.filter(
			([, names], i) => !names.includes(catalogue.components[owners[i]!]?.name ?? ""),
		);
		expect(wrong).toEqual([]);
		expect(found.length).toBeGreaterThan(20);
	});

	test("files of a root with diversions belong to the packages whose files dpkg put there", () => {
		const root = mkdtempSync(join(tmpdir(), "pvpkg-dpkg-"));
		try {
			const dpkg = (...args: string[]): string =>
				run("dpkg", `--root=${root}`, "--force-not-root", "--force-bad-path", ...args);
			const divert = (...args: string[]): string =>
				run(
					"dpkg-divert",
					"--admindir",
					`${root}/var/lib/dpkg`,
					"--instdir",
					root,
					"--rename",
					"--divert",
					...args,
				);
			mkdirSync(join(root, "var/lib/dpkg/updates"), { recursive: true });
			mkdirSync(join(root, "var/lib/dpkg/info"));
			writeFileSync(join(root, "var/lib/dpkg/status"), "");
			divert("/usr/bin/tool.real", "--package", "wrapper", "--add", "/usr/bin/tool");
			divert("/etc/conf.off", "--local", "--add", "/etc/conf");
			for (const name of ["tool", "wrapper"])
				dpkg("-i", packageOf(root, name, ["usr/bin/tool", `usr/bin/${name}-own`]));
			dpkg("-i", packageOf(root, "settings", ["etc/conf"]));

			const files: Record<string, Buffer> = {};
			for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
				const path = join(entry.parentPath, entry.name);
				if (entry.isFile()) files[relative(root, path)] = readFileSync(path);
			}
			const paths = Object.keys(files).filter((path) => /^(?:usr|etc)\//.test(path));
			const { catalogue, owners } = catalogueFiles(treeOf(files), paths);
			// Each file has the name of its package for its content.
			const owned = paths.map((path, i) => [path, catalogue.components[owners[i]!]?.name]);
			expect(owned).toEqual(paths.map((path) => [path, files[path]!.toString()]));
			expect(paths.sort()).toEqual([
				"etc/conf.off",
				"usr/bin/tool",
				"usr/bin/tool-own",
				"usr/bin/tool.real",
				"usr/bin/wrapper-own",
			]);
		} finally {
			rmSync(root, { recursive: true });
		}
	});

	test("dependencies that dpkg-query resolves are dependencies of the catalogue", () => {
		const catalogue = catalogueOf({ "var/lib/dpkg/status": readFileSync(STATUS) });
		const needs = (name: string) =>
			catalogue.components
				.filter((component) => component.name === name)
				.flatMap(({ requires }) => requires.map((index) => catalogue.components[index]!.name));
		const [depends] = run("dpkg-query", "-W", "-f", format("Depends"), "dpkg").split("\n");
		expect(depends).toContain("tar");
		expect(needs("dpkg")).toContain("tar");
	});
});
