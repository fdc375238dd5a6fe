import type { Catalogue } from "../../src/evidence/catalogue/index.js";
import type { SbomContainer, SbomSubject } from "../../src/evidence/sbom/index.js";
import { catalogueOf, DEBIAN_12 } from "./catalogue-trees.js";

export const IDENTITY: string = "452f4fc2".repeat(8);

/** A root with every kind of component that documents write differently. */
const MIXED: Readonly<Record<string, string>> = {
	"etc/os-release": `${DEBIAN_12}CPE_NAME="cpe:/o:debian:debian_linux:12"\n`,
	"var/lib/dpkg/status": [
		"Package: python3-foo\nStatus: install ok installed\nArchitecture: all\nVersion: 1:1.0+dfsg-2\nDepends: libc6\n\n",
		"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\nSource: glibc\n\n",
	].join(""),
	"var/lib/dpkg/info/python3-foo.list": "/usr/lib/python3/foo-1.0.dist-info/METADATA\n",
	"usr/lib/python3/foo-1.0.dist-info/METADATA": "Name: foo\nVersion: 1.0\nLicense: BSD\n",
	"usr/share/doc/libc6/copyright":
		"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: LGPL-2+\n",
	"usr/lib/opkg/status":
		"Package: busybox\nVersion: 1.36\nStatus: install ok installed\nArchitecture: mips\n\n",
	"usr/lib/opkg/info/busybox.control":
		"Package: busybox\nVersion: 1.36\nLicense: GPL-2.0-only\nCPE-ID: cpe:2.3:a:busybox:busybox:1.36:*:*:*:*:*:*:*\n",
	"app/node_modules/a/package.json": '{"name":"a","version":"1.0.0","license":"(MIT or Apache-2.0)"}',
	"app/node_modules/b/package.json": '{"name":"@s/b","version":"1.0.0","dependencies":{"a":"*"}}',
	"app/node_modules/b/node_modules/a/package.json": '{"name":"a","version":"1.0.0"}',
	"usr/lib/sysimage/rpm/Packages.db": "damaged",
};

export function subjectOf(
	containers: readonly SbomContainer[],
	values: Partial<SbomSubject> = {},
): SbomSubject {
	return {
		name: "demo.amd64.tgz",
		identity: IDENTITY,
		created: 1_704_067_200,
		tool: { name: "pvpkg", version: "0.1.0" },
		containers,
		...values,
	};
}

export function containerOf(name: string, catalogue: Catalogue, version?: string): SbomContainer {
	return { name, version, images: [{ path: `${name}/root.squashfs`, sha256: "ab".repeat(32) }], catalogue };
}

/** A package of one container with the mixed root. */
export function mixedSubject(): SbomSubject {
	const carried = [
		{ fileName: "demo.buildkit.spdx.json", namespace: "https://example/theirs", sha256: "ef".repeat(32) },
	];
	return subjectOf([{ ...containerOf("demo", catalogueOf(MIXED), "v1"), carried }]);
}

/** A package of two containers that have packages in common; one of them with an overlay. */
export function doubleSubject(): SbomSubject {
	const catalogue = catalogueOf(MIXED);
	const app = containerOf("app", catalogue);
	const overlay = { path: "app/root.ovl.squashfs", sha256: "cd".repeat(32) };
	return subjectOf([{ ...app, images: [...app.images, overlay] }, containerOf("base", catalogue)]);
}

/** Names and versions that no well-meaning package has. */
export function hostileSubject(): SbomSubject {
	const odd = [
		"a b",
		"a/b/../c",
		"<&\"'>",
		"\u001b[31m",
		"%41",
		"é\u2028",
		"..",
		"#?",
		"A",
		"a",
		"x".repeat(4000),
	];
	const status = odd.map(
		(name) =>
			`Package: ${name}\nStatus: install ok installed\nVersion: ${name}\nArchitecture: ${name}\nSource: ${name}\n\n`,
	);
	const manifests = odd.map((name, at): [string, string] => [
		`node_modules/p${at}/package.json`,
		JSON.stringify({ name, version: name, license: name }),
	]);
	return subjectOf([
		containerOf(
			"demo",
			catalogueOf({ "var/lib/dpkg/status": status.join(""), ...Object.fromEntries(manifests) }),
		),
	]);
}
