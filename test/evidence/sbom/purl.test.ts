import { expect, test } from "vitest";
import type { Component } from "../../../src/evidence/catalogue/index.js";
import { parsePurl, purlOf } from "../../../src/evidence/sbom/purl.js";

const component = (values: Partial<Component>): Component => ({
	...{ type: "deb", namespace: "debian", name: "a", version: "1", qualifiers: {}, path: "/p", requires: [] },
	...values,
});

// Rows of the specification's own tests (https://github.com/package-url/purl-spec, tests/), and characters that a
// version or a name of a package database may have.
test.each<[Partial<Component>, string]>([
	[
		{ name: "attr", version: "1:2.4.47-2+b1", qualifiers: { arch: "amd64" } },
		"pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64",
	],
	[{ name: "libstdc++6", version: "12.2.0" }, "pkg:deb/debian/libstdc%2B%2B6@12.2.0"],
	[{ name: "a", version: "1.0~rc1" }, "pkg:deb/debian/a@1.0~rc1"],
	[
		{ name: "a", version: "1", qualifiers: { upstream: "b@1:2+c" } },
		"pkg:deb/debian/a@1?upstream=b%401:2%2Bc",
	],
	[
		{ type: "npm", namespace: "@angular", name: "animation", version: "12.3.1" },
		"pkg:npm/%40angular/animation@12.3.1",
	],
	[
		{ type: "golang", namespace: "github.com/x", name: "y", version: "v2.0.0+incompatible" },
		"pkg:golang/github.com/x/y@v2.0.0%2Bincompatible",
	],
	[{ type: "npm", namespace: "", name: "a", version: "1!'()*" }, "pkg:npm/a@1%21%27%28%29%2A"],
	[{ type: "pypi", namespace: "", name: "Ruamel_Yaml", version: "1" }, "pkg:pypi/ruamel-yaml@1"],
	[
		{
			type: "rpm",
			namespace: "fedora",
			name: "curl",
			version: "7.50.3-1.fc25",
			qualifiers: { arch: "i386", distro: "fedora-25" },
		},
		"pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
	],
])("%j has one spelling, %s, and can be read again", (values, purl) => {
	const given = component(values);
	expect(purlOf(given)).toBe(purl);
	expect(parsePurl(purl)?.version).toBe(given.version);
});
