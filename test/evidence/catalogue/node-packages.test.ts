import { expect, test } from "vitest";
import { catalogueOf, componentOf, requirementsOf, versionsOf } from "../../support/catalogue-trees.js";

const manifest = (name: string, version: string, more: object = {}): string =>
	JSON.stringify({ name, version, ...more });

test("installed packages are listed, nested copies by themselves, parts of packages not", () => {
	const catalogue = catalogueOf({
		"app/package.json": manifest("app", "1.0.0"),
		"app/node_modules/a/package.json": manifest("a", "1.0.0"),
		"app/node_modules/a/test/fixture/package.json": manifest("fixture", "9.0.0"),
		"app/node_modules/a/node_modules/b/package.json": manifest("b", "1.0.0"),
		"app/node_modules/@scope/c/package.json": manifest("@scope/c", "3.0.0"),
		"app/node_modules/a/esm/package.json": '{"type":"module"}',
		"srv/node_modules/b/package.json": manifest("b", "1.0.0"),
	});
	expect(versionsOf(catalogue)).toEqual(["a 1.0.0", "b 1.0.0", "b 1.0.0", "@scope/c 3.0.0"]);
	expect(componentOf(catalogue, "c").namespace).toBe("@scope");
});

test("a dependency is the one that Node would load", () => {
	const needs = { dependencies: { b: "*" }, peerDependencies: { c: "*" }, optionalDependencies: { d: "*" } };
	const catalogue = catalogueOf({
		"app/node_modules/a/package.json": manifest("a", "1.0.0", needs),
		"app/node_modules/a/node_modules/b/package.json": manifest("b", "2.0.0"),
		"app/node_modules/b/package.json": manifest("b", "1.0.0"),
		"node_modules/c/package.json": manifest("c", "1.0.0"),
	});
	const found = componentOf(catalogue, "a").requires.map((index) => catalogue.components[index]!.path);
	expect(found).toEqual(["/app/node_modules/a/node_modules/b/package.json", "/node_modules/c/package.json"]);
});

test("pnpm's store is found where it lies", () => {
	const catalogue = catalogueOf({
		"app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json": manifest("a", "1.0.0", {
			dependencies: { b: "1" },
		}),
		"app/node_modules/.pnpm/a@1.0.0/node_modules/b/package.json": manifest("b", "1.0.0"),
	});
	expect(requirementsOf(catalogue, "a")).toEqual(["b"]);
});

test.each([
	[{ license: "MIT" }, "MIT"],
	[{ license: { type: "BSD", url: "x" } }, "BSD"],
	[{ licenses: [{ type: "MIT" }, { type: "Apache-2.0" }] }, "MIT OR Apache-2.0"],
	[{ license: 3 }, undefined],
])("the licence of %j", (fields, expected) => {
	const catalogue = catalogueOf({ "node_modules/a/package.json": manifest("a", "1", fields) });
	expect(componentOf(catalogue, "a").licence).toBe(expected);
});

test("a package.json that is not JSON is noted, with its place", () => {
	const catalogue = catalogueOf({ "node_modules/a/package.json": '{"name": "a", "vers' });
	expect(catalogue.incomplete).toEqual([
		{ path: "/node_modules/a/package.json", reason: expect.stringContaining("line 1, column") },
	]);
});
