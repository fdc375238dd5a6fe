import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
