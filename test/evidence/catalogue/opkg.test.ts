import { expect, test } from "vitest";
import { catalogueOf, componentOf, requirementsOf, versionsOf } from "../../support/catalogue-trees.js";

const BUSYBOX =
	"Package: busybox\nVersion: 1.36.1-1\nDepends: libc\nStatus: install user installed\nArchitecture: mips_24kc\n\n";
const LIBC =
	"Package: libc\nVersion: 1.2.4-4\nProvides: libc-any\nStatus: install hold,user installed\nArchitecture: mips_24kc\n\n";
const GONE = "Package: gone\nVersion: 1\nStatus: deinstall ok not-installed\nArchitecture: all\n\n";

test("OpenWrt's packages are listed with their architecture", () => {
	const catalogue = catalogueOf({ "usr/lib/opkg/status": BUSYBOX + LIBC + GONE });
	expect(versionsOf(catalogue)).toEqual(["busybox 1.36.1-1", "libc 1.2.4-4"]);
	expect(componentOf(catalogue, "libc")).toMatchObject({
		type: "opkg",
		namespace: "",
		qualifiers: { arch: "mips_24kc" },
		path: "/usr/lib/opkg/status",
	});
	expect(requirementsOf(catalogue, "busybox")).toEqual(["libc"]);
});

test("control files add licence and CPE", () => {
	const catalogue = catalogueOf({
		"var/lib/opkg/status": LIBC,
		"var/lib/opkg/info/libc.control":
			"Package: libc\nVersion: 1\nLicense: MIT\nCPE-ID: cpe:/a:musl-libc:musl\n",
	});
	expect(componentOf(catalogue, "libc")).toMatchObject({
		version: "1.2.4-4",
		licence: "MIT",
		cpe: "cpe:/a:musl-libc:musl",
	});
});

test("control files stand alone where the status was removed", () => {
	const control = "Package: libc\nVersion: 1.2\nArchitecture: all\n";
	const catalogue = catalogueOf({ "usr/lib/opkg/info/libc.control": control });
	expect(versionsOf(catalogue)).toEqual(["libc 1.2"]);
	expect(componentOf(catalogue, "libc").path).toBe("/usr/lib/opkg/info/libc.control");
});

test("a cut status is incomplete", () => {
	const catalogue = catalogueOf({ "usr/lib/opkg/status": BUSYBOX + LIBC.slice(0, 30) });
	expect(versionsOf(catalogue)).toEqual(["busybox 1.36.1-1"]);
	expect(catalogue.incomplete.map(({ path }) => path)).toContain("/usr/lib/opkg/status");
});

test("a description goes on over lines of blanks only, as OpenWrt's control files have them", () => {
	const control =
		"Package: libc\nVersion: 1\nDescription:  A library.\n \n Options:\n \n * one\nLicense: MIT\n";
	const catalogue = catalogueOf({
		"usr/lib/opkg/status": LIBC,
		"usr/lib/opkg/info/libc.control": control,
	});
	expect(componentOf(catalogue, "libc").licence).toBe("MIT");
	expect(catalogue.incomplete).toEqual([]);
});

test("a package whose empty line was lost, or became blanks, hides no other one", () => {
	const [first, second] = [BUSYBOX, LIBC].map((stanza) => stanza.trimEnd());
	for (const between of ["\n", "\n \n", "\n\t\n", "\n\r\n"]) {
		const catalogue = catalogueOf({ "usr/lib/opkg/status": `${first}${between}${second}\n\n` });
		expect(versionsOf(catalogue), JSON.stringify(between)).toEqual(["busybox 1.36.1-1", "libc 1.2.4-4"]);
	}
});

test("one package of two architectures is there twice", () => {
	const other = LIBC.replace("mips_24kc", "all");
	const { components } = catalogueOf({ "usr/lib/opkg/status": LIBC + other });
	expect(components.map(({ name, qualifiers }) => `${name} ${qualifiers.arch}`)).toEqual([
		"libc all",
		"libc mips_24kc",
	]);
});

test("an epoch is printed as opkg prints it", () => {
	const versions = ["0:1.0-r1", "00002:2:3", "a:1", "0:"].map(
		(version) => `Package: p\nVersion: ${version}\nStatus: install ok installed\n\n`,
	);
	const catalogue = catalogueOf({ "usr/lib/opkg/status": versions.join("") });
	expect(versionsOf(catalogue)).toEqual(["p 1.0-r1", "p 2:2:3", "p a:1"]);
	expect(catalogue.incomplete).toMatchObject([{ reason: "p: expected Version" }]);
});
