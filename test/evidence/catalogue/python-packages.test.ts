import { expect, test } from "vitest";
import { catalogueOf, componentOf, requirementsOf, versionsOf } from "../../support/catalogue-trees.js";

const SITE = "usr/lib/python3.12/site-packages";

test("distributions of all three forms are listed by their normalized names", () => {
	const catalogue = catalogueOf({
		[`${SITE}/Foo_Bar-1.0.dist-info/METADATA`]: "Name: Foo_.Bar\nVersion: 1.0\n\nName: other\n",
		[`${SITE}/old-2.egg-info/PKG-INFO`]: "Name: old\nVersion: 2\n",
		[`${SITE}/older-3.egg-info`]: "Name: older\nVersion: 3\n",
	});
	expect(versionsOf(catalogue)).toEqual(["foo-bar 1.0", "old 2", "older 3"]);
});

test("requirements are distributions beside it; those of extras do not count", () => {
	const needs = 'Requires-Dist: Old[x]>=1 ; python_version > "3"\nRequires-Dist: older; extra == "test"\n';
	const catalogue = catalogueOf({
		[`${SITE}/foo-1.0.dist-info/METADATA`]: `Name: foo\nVersion: 1.0\n${needs}`,
		[`${SITE}/old-2.dist-info/METADATA`]: "Name: old\nVersion: 2\n",
		[`${SITE}/older-3.dist-info/METADATA`]: "Name: older\nVersion: 3\n",
	});
	expect(requirementsOf(catalogue, "foo")).toEqual(["old"]);
});

test.each([
	["License-Expression: MIT\nLicense: other\n", "MIT"],
	["License: BSD\n", "BSD"],
	["License: UNKNOWN\n", undefined],
	["License: Copyright\n  a whole text\n", undefined],
])("the licence of %j", (fields, expected) => {
	const catalogue = catalogueOf({ [`${SITE}/a-1.dist-info/METADATA`]: `Name: a\nVersion: 1\n${fields}` });
	expect(componentOf(catalogue, "a").licence).toBe(expected);
});

test("metadata without a version is noted", () => {
	const catalogue = catalogueOf({ [`${SITE}/a-1.dist-info/METADATA`]: "Name: a\n" });
	expect(catalogue.incomplete).toEqual([
		{ path: `/${SITE}/a-1.dist-info/METADATA`, reason: "expected Name and Version" },
	]);
});
