import { expect, test } from "vitest";
import { catalogueOf, componentOf, requirementsOf, versionsOf } from "../../support/catalogue-trees.js";

const ALPINE = "ID=alpine\nVERSION_ID=3.20.1\n";
const INSTALLED = `C:Q1aaa=
P:musl
V:1.2.5-r0
A:x86_64
T:the musl c library (libc) implementation
L:MIT
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755

P:ssl_client
V:1.36.1-r29
A:x86_64
L:GPL-2.0-only
o:busybox
D:so:libc.musl-x86_64.so.1 so:libssl.so.3>=3 !zlib
F:usr/lib/python3.12/foo-1.dist-info
R:METADATA

P:zlib
V:1.3.1-r1

`;

test("Alpine's packages have their licence, their origin and what they need", () => {
	const catalogue = catalogueOf({ "etc/os-release": ALPINE, "lib/apk/db/installed": INSTALLED });
	expect(versionsOf(catalogue)).toEqual(["musl 1.2.5-r0", "ssl_client 1.36.1-r29", "zlib 1.3.1-r1"]);
	expect(componentOf(catalogue, "ssl_client")).toMatchObject({
		namespace: "alpine",
		qualifiers: { arch: "x86_64", distro: "alpine-3.20.1", upstream: "busybox" },
		licence: "GPL-2.0-only",
	});
	expect(componentOf(catalogue, "musl").qualifiers).toEqual({ arch: "x86_64", distro: "alpine-3.20.1" });
	// A conflict is no need.
	expect(requirementsOf(catalogue, "ssl_client")).toEqual(["musl"]);
	expect(catalogue.incomplete).toEqual([]);
});

test("the database of a merged /usr has the root above /usr", () => {
	const catalogue = catalogueOf({
		"etc/os-release": ALPINE,
		"usr/lib/apk/db/installed": INSTALLED,
		"usr/lib/python3.12/foo-1.dist-info/METADATA": "Name: foo\nVersion: 1\n",
	});
	expect(componentOf(catalogue, "musl").qualifiers.distro).toBe("alpine-3.20.1");
	expect(catalogue.components[componentOf(catalogue, "foo").owner!]!.name).toBe("ssl_client");
});

test("a cut database is incomplete", () => {
	const catalogue = catalogueOf({ "lib/apk/db/installed": INSTALLED.slice(0, -20) });
	expect(catalogue.incomplete).toHaveLength(1);
});
