import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogueOf } from "../support/catalogue-trees.js";
import { needs } from "../support/needs.js";
import { run } from "../support/programs.js";

const STATUS = "/var/lib/dpkg/status";
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
